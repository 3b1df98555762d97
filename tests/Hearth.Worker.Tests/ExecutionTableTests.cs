using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Messages;
using Hearth.Records.Events;
using Hearth.Worker.Docker.Executions;

namespace Hearth.Worker.Tests;

/// <summary>Processes whose clients have gone, and terminals that do not run yet.</summary>
public sealed class ExecutionTableTests : IDisposable
{
    private const string Box = "box";

    private readonly string root = Directory.CreateTempSubdirectory("hearth-worker-").FullName;
    private readonly Engine engine;

    public ExecutionTableTests() => engine = EngineSupport.Make(root);

    public void Dispose()
    {
        engine.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Theory]
    [InlineData("box", "exec_die", "exec-7", 3)]
    [InlineData("box", "exec_die", "exec-8", null)]
    [InlineData("other", "exec_die", "exec-7", null)]
    [InlineData("box", "die", null, 137)]
    [InlineData("box", "destroy", null, 137)]
    [InlineData("box", "start", null, null)]
    public void A_process_without_its_client_runs_until_its_end_is_reported(string container, string action, string? process, int? code)
    {
        Execution execution = Begin();
        execution.Start("exec-7");

        engine.Executions.Note(ContainerEvent.Of(EventType.Container, action, container, TimeProvider.System.GetUtcNow(),
        [
            new(EventAttribute.ExitCode, "3"), .. process is null ? [] : new KeyValuePair<string, string>[] { new(EventAttribute.ExecId, process) },
        ]));

        Assert.Equal((code is null, code), (execution.IsRunning, execution.ExitCode));
    }

    [Fact]
    public async Task A_size_waits_for_the_process_and_fails_if_it_does_not_start()
    {
        Execution execution = Begin();
        Task resizing = engine.Executions.ResizeAsync(execution, new WindowSize(80, 24), TestContext.Current.CancellationToken);
        Assert.False(resizing.IsCompleted);

        engine.Executions.Abandon(execution);
        Assert.Contains("did not start", (await Assert.ThrowsAsync<ApiException>(() => resizing)).Message, StringComparison.Ordinal);
    }

    private Execution Begin()
    {
        Execution execution = engine.Executions.Create(Box, new ExecutionRequest(), new ProcessSpec { Args = ["sh"] });
        execution.Begin();
        return execution;
    }
}
