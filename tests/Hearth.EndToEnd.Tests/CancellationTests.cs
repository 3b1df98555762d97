using Hearth.Client;
using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Control;
using Hearth.Control.Attachment;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests;

/// <summary>Operations of the client library that are cancelled in the middle: the container is in a legal state, and nothing is left.</summary>
public sealed class CancellationTests : IDisposable
{
    private static readonly TimeSpan deadline = TimeSpan.FromSeconds(60);

    private readonly Sandbox sandbox = new();
    private readonly ContainerService service;

    public CancellationTests()
    {
        HearthDirectories directories = new(sandbox.StateDirectory, sandbox.RunDirectory);
        Dictionary<string, string> environment = new()
        {
            ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
            ["HEARTH_CGROUP_PARENT"] = sandbox.GroupName,
        };
        service = new ContainerService(directories, TimeProvider.System, new KeeperLauncher(new HostEnvironment(environment), Programs.Hearth));
    }

    public void Dispose()
    {
        sandbox.Run("rm", "-f", "box");
        sandbox.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(400)]
    [InlineData(900)]
    public async Task A_start_is_undone(int afterMs)
    {
        sandbox.Hearth("create", "--name", "box", BusyboxTree.Make(sandbox), "sleep", "1000");
        Container box = service.Store.Resolve("box");
        using CancellationTokenSource cancelling = new(afterMs);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => service.StartAsync(box.Id, _ => { }, new StartTiming(TimeProvider.System.GetTimestamp()), cancelling.Token));

        Assert.False(service.Read(box.Id).State.IsHeld);
        Assert.Empty(sandbox.MonitorProcesses());
        string runs = Path.Combine(sandbox.RunDirectory, "containers");
        Assert.True(!Directory.Exists(runs) || !Directory.EnumerateFileSystemEntries(runs).Any());
        await service.StartAsync(box.Id, _ => { }, new StartTiming(TimeProvider.System.GetTimestamp()));
        Assert.Equal(ContainerStatus.Running, service.Read(box.Id).State.Status);
    }

    [Fact]
    public async Task Waiting_attaching_and_copying_end_and_the_container_goes_on()
    {
        string id = Run("sleep", "1000");
        await CancelledAsync(token => service.WaitAsync(id, token));
        await CancelledAsync(token => service.AttachAsync(id, Streams(), token));
        await service.ExecAsync(id, Process(id, "sh", "-c", "head -c 200000000 /dev/zero >/tmp/large"), attachment: null);
        await CancelledAsync(token => service.CopyOutAsync(id, "/tmp", null, followsLink: true, new StuckStream(), token));
        await CancelledAsync(token => service.CopyInAsync(id, new CopyInRequest("/tmp", null, null), (_, given) => Task.Delay(Timeout.Infinite, given), token));

        Assert.Equal(ContainerStatus.Running, service.Read(id).State.Status);
        Assert.Equal(0, await service.ExecAsync(id, Process(id, "true"), Streams()).WaitAsync(deadline));
        Assert.NotNull(await service.StatPathAsync(id, "/tmp", followsLink: true).WaitAsync(deadline));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_command_of_a_cancelled_client_ends_where_it_was_to_end_with_it(bool endsWithClient)
    {
        string id = Run("sleep", "1000");
        await CancelledAsync(token => service.ExecAsync(id, Process(id, "sleep", "777"), Streams(), endsWithClient, token));

        Assert.True(SpinWait.SpinUntil(() => IsThere() != endsWithClient, deadline));

        bool IsThere() => sandbox.Hearth("top", "box").Contains("sleep 777", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_goes_on()
    {
        string id = Run("sh", "-c", "trap '' TERM; while :; do sleep 1; done");
        await CancelledAsync(token => service.StopAsync(id, TimeSpan.FromSeconds(3), cancellationToken: token));
        Assert.Equal(128 + SignalNumber.Kill, await service.WaitAsync(id).WaitAsync(deadline));
    }

    private string Run(params string[] command)
    {
        sandbox.Hearth(["run", "-d", "--name", "box", BusyboxTree.Make(sandbox), .. command]);
        return service.Store.Resolve("box").Id;
    }

    private static async Task CancelledAsync(Func<CancellationToken, Task> act)
    {
        using CancellationTokenSource cancelling = new(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => act(cancelling.Token).WaitAsync(deadline));
    }

    private ProcessSpec Process(string id, params string[] command) => service.Read(id).Description.Spec.Process!.WithCommand(command);

    private static ClientAttachment Streams() => new()
    {
        Streams = new WorkloadStreams { Output = Stream.Null, Error = Stream.Null },
        PassesSignals = false,
    };

    /// <summary>Takes nothing.</summary>
    private sealed class StuckStream : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
