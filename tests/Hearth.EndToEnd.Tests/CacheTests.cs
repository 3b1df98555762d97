using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>The cache of prepared disks, as an operator sees it.</summary>
public sealed class CacheTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void An_immutable_root_starts_without_a_walk_the_second_time_and_can_be_pruned()
    {
        Assert.Equal(("miss", true), RunImmutable("cat", "/etc/debian_version"));
        Assert.Equal(("hit", false), RunImmutable("cat", "/etc/debian_version"));

        JsonElement entry = Assert.Single(JsonDocument.Parse(sandbox.RunExpecting(0, "cache", "ls", "--format", "json").OutputText).RootElement.EnumerateArray());
        Assert.Equal(("plan", debian.Tree), (entry.GetProperty("kind").GetString(), entry.GetProperty("source").GetString()));
        Assert.Contains("plan", sandbox.RunExpecting(0, "cache", "ls").OutputText, StringComparison.Ordinal);

        CommandResult pruned = sandbox.RunExpecting(0, "cache", "prune");
        Assert.Contains("Removed 1", pruned.ErrorText, StringComparison.Ordinal);
        Assert.Equal(("miss", true), RunImmutable("cat", "/etc/debian_version"));
    }

    [Fact]
    public void What_a_guest_runs_from_is_not_pruned_beneath_it()
    {
        sandbox.RunExpecting(0, "run", debian.Tree, "true");
        using Command command = sandbox.Start("run", "-i", debian.Tree, "sh", "-c", "echo ready; read line; cat /etc/debian_version");
        command.WaitForOutput("ready");
        Assert.Contains("Removed 0", sandbox.RunExpecting(0, "cache", "prune").ErrorText, StringComparison.Ordinal);
        command.StandardInput.Write("go\n"u8);
        command.CloseInput();
        Assert.Equal(0, command.Wait().ExitCode);
        Assert.Contains("Removed 1", sandbox.RunExpecting(0, "cache", "prune").ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_is_killed_while_it_packs_leaves_nothing_that_is_taken_for_an_image()
    {
        using (Command packing = sandbox.Start("run", "--name", "packing", "--rootfs-mode", "squashfs", "--compression", "xz", "/usr/lib", "true"))
        {
            Sandbox.WaitUntil(() => Directory.Exists(Entries) && Directory.GetFileSystemEntries(Entries).Length > 0, "packing should begin");
            Command.Tool("kill", "-KILL", $"{sandbox.KeeperOf("packing")}");
            packing.Wait();
        }

        Assert.Equal("[]\n", sandbox.RunExpecting(0, "cache", "ls", "--format", "json").OutputText);
        sandbox.RunExpecting(0, "cache", "prune");
        Assert.Empty(Directory.GetFileSystemEntries(Entries));
        sandbox.RunExpecting(0, "run", debian.Tree, "true");
    }

    [Fact]
    public void A_digest_that_is_none_is_refused() =>
        Assert.Contains("sha256:", sandbox.RunExpecting(125, "run", "--digest", "latest", debian.Tree, "true").ErrorText, StringComparison.Ordinal);

    private string Entries => sandbox.PathOf("state/cache/entries");

    private (string? Cache, bool Walked) RunImmutable(params string[] command)
    {
        sandbox.RunExpecting(0, ["run", "--immutable", "--report", sandbox.PathOf("report.json"), debian.Tree, .. command]);
        JsonElement report = JsonDocument.Parse(File.ReadAllText(sandbox.PathOf("report.json"))).RootElement;
        return (report.GetProperty("rootfs").GetProperty("cache").GetString(), report.GetProperty("phases").EnumerateArray().Any(phase => phase.GetProperty("name").GetString() == "walk"));
    }
}
