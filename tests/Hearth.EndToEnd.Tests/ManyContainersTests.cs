using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

public sealed class ManyContainersTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private const int Containers = 20;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    /// <summary>A minute or more on a busy machine; <c>./dev soak</c> runs it.</summary>
    [Fact(Explicit = true)]
    public void Twenty_containers_with_ports_and_policies_leave_nothing() => NetworkHost.Run(_ =>
    {
        string tree = NetworkHost.MakeTree(sandbox);
        string before = Directory.Exists(sandbox.PathOf("state")) ? string.Join('\n', Sandbox.FilesIn(sandbox.PathOf("state"))) : "";
        Assert.Equal("", before);
        for (int i = 0; i < Containers; i++)
        {
            sandbox.Hearth(["run", "-d", "--memory", "128m", "--network", "nat", "--name", $"box{i}", "-p", $"{9000 + i}:80", "-p", $"{9000 + i}:80/udp", "--publish-loopback",
                "--network-rate", "100m", "--egress", "deny", "--allow", $"192.0.2.0/24:{8000 + i}", tree, .. NetworkHost.Server]);
        }

        for (int i = 0; i < Containers; i++)
        {
            Assert.Equal(NetworkHost.Page, NetworkHost.Fetch(OutsideHost.HostAddress, 9000 + i));
            Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("127.0.0.1", 9000 + i));
        }

        sandbox.Hearth(["rm", "-f", .. Enumerable.Range(0, Containers).Select(i => $"box{i}")]);
        Assert.Equal(["lo", "uplink"], NetworkHost.Links());
        Assert.Equal("", Command.Tool("nft", "list", "ruleset"));
        Assert.Equal("0", NetworkHost.Forwarding);
        Assert.Empty(sandbox.ContainerFiles());
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(sandbox.RunDirectory, "containers")));
        Assert.Empty(Directory.GetFiles(sandbox.PathOf("state/users")));
        Assert.All(Enumerable.Range(0, Containers), i => Assert.Equal("", NetworkHost.TryFetch("127.0.0.1", 9000 + i)));
    });

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
