using Hearth.EndToEnd.Tests.Support;
using Hearth.EndToEnd.Tests.Worker;

namespace Hearth.EndToEnd.Tests;

/// <summary>hearth system prune removes what docker's does, on this host and through its hearthd.</summary>
public sealed class SystemPruneTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_nothing_uses_is_removed_by_kinds_and_filters(bool isRemote)
    {
        using Daemon? daemon = isRemote ? new Daemon(sandbox) : null;
        string[] host = daemon is null ? [] : ["--host", $"unix://{daemon.Socket}"];
        string Prune(params string[] words) => sandbox.Hearth([.. host, "system", "prune", "-f", .. words]);

        string tree = sandbox.MakeTree("tree", ("a", "x"));
        sandbox.Hearth("create", "--name", "kept", "--label", "keep=1", tree, "true");
        string gone = sandbox.Hearth("create", "--name", "gone", tree, "true");
        sandbox.Hearth("network", "create", "--label", "keep=1", "back");
        sandbox.Hearth("network", "create", "front");
        sandbox.Hearth("volume", "create", "named");
        string anonymous = sandbox.Hearth("volume", "create");
        ImportTwice("app:1");
        Assert.Equal(2, sandbox.Hearth("images", "-aq", "--no-trunc").Split('\n').Length);

        Assert.Contains("the \"until\" filter is not supported with \"--volumes\"", sandbox.RunExpecting(125, [.. host, "system", "prune", "-f", "--volumes", "--filter", "until=1h"]).ErrorText, StringComparison.Ordinal);
        Assert.Contains("invalid filter 'name=a': give NAME=VALUE, with one of label, label! and until", sandbox.RunExpecting(125, [.. host, "system", "prune", "-f", "--filter", "name=a"]).ErrorText, StringComparison.Ordinal);
        Assert.StartsWith("Total reclaimed space: 0", Prune("--filter", "until=1h"), StringComparison.Ordinal);
        Assert.StartsWith($"Deleted Containers:\n{gone}\n\nDeleted Networks:\nfront\n\n", Prune("--filter", "label!=keep"), StringComparison.Ordinal);
        Assert.Equal("kept", sandbox.Hearth("ps", "-a", "--format", "{{.Names}}"));
        Assert.Equal("back", sandbox.Hearth("network", "ls", "--filter", "type=custom", "--format", "{{.Name}}"));
        Assert.Equal("app:1", sandbox.Hearth("images", "-a", "--format", "{{.Repository}}:{{.Tag}}"));
        Assert.Equal(new[] { anonymous, "named" }.Order(StringComparer.Ordinal), sandbox.Hearth("volume", "ls", "-q").Split('\n').Order(StringComparer.Ordinal));

        string all = Prune("--all", "--volumes");
        Assert.Contains("Deleted Networks:\nback\n", all, StringComparison.Ordinal);
        Assert.Contains($"Deleted Volumes:\n{anonymous}\n", all, StringComparison.Ordinal);
        Assert.Contains("Deleted Images:\nuntagged: app:1\n", all, StringComparison.Ordinal);
        Assert.Matches("Total reclaimed space: [0-9.]+[kM]?B$", all);
        Assert.Equal(("", "", "named"), (sandbox.Hearth("ps", "-aq"), sandbox.Hearth("images", "-aq"), sandbox.Hearth("volume", "ls", "-q")));
    }

    private void ImportTwice(string name)
    {
        foreach (string text in (string[])["one", "two"])
        {
            string directory = sandbox.MakeTree($"layer-{text}", ("file", text));
            using Command tar = sandbox.StartProgram("tar", "-cf", sandbox.PathOf($"{text}.tar"), "-C", directory, ".");
            Assert.Equal(0, tar.Wait().ExitCode);
            sandbox.Hearth("import", sandbox.PathOf($"{text}.tar"), name);
        }
    }
}
