using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

public sealed class ManyContainersTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private const int Containers = 20;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    /// <summary>A minute or more on a busy machine; <c>./dev soak</c> runs it.</summary>
    [Fact(Explicit = true)]
    public void Twenty_containers_run_at_once_and_each_gives_its_own_answer()
    {
        Command[] commands = [.. Enumerable.Range(0, Containers).Select(i => sandbox.Start("run", "--memory", "256m", debian.Tree, "sh", "-c", $"echo container {i}; exit {i}"))];
        CommandResult[] results = [.. commands.Select(command =>
        {
            command.CloseInput();
            return command.Wait();
        })];

        for (int i = 0; i < Containers; i++)
        {
            Assert.True(results[i].ExitCode == i, $"container {i} ended with {results[i].ExitCode}: {results[i].ErrorText}");
            Assert.Equal($"container {i}\n", results[i].OutputText);
        }

        Array.ForEach(commands, command => command.Dispose());
    }
}
