using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>The commands that list, describe, name and remove images.</summary>
public sealed class ImageCommandTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();

    private string App => $"{images.Host}/app:one";

    private string Base => $"{images.Host}/base:one";

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Images_are_listed_with_dockers_columns_and_filters()
    {
        sandbox.Hearth("pull", "-q", Base);
        sandbox.Hearth("pull", "-q", App);

        string[] table = sandbox.Hearth("images").Split('\n');
        Assert.Matches("^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$", table[0]);
        Assert.Equal(3, table.Length);
        Assert.Matches("DIGEST", sandbox.Hearth("image", "ls", "--digests").Split('\n')[0]);
        Assert.Equal($"{images.Host}/app:one", sandbox.Hearth("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "label=team=hearth"));
        Assert.Equal("one", sandbox.Hearth("images", "--format", "{{.Tag}}", $"{images.Host}/base"));
        Assert.Equal(2, sandbox.Hearth("images", "-q", "--filter", $"reference={images.Host}/*:one").Split('\n').Length);
        Assert.Equal("", sandbox.Hearth("images", "-q", "--filter", "dangling=true"));
        Assert.Equal(sandbox.Hearth("images", "-q", App), sandbox.Hearth("images", "-q", "--filter", $"since={Base}"));
        Assert.Equal("one", sandbox.Hearth("images", "--format", "{{.Tag}}", "--filter", $"reference={images.Host}/[^b]pp:o[l-n]e"));
        Assert.Matches("^IMAGE ID +CREATED +CREATED AT\n[0-9a-f]{12} +[A-Za-z0-9 ]+ ago +[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} \\+0000 UTC$", sandbox.Hearth("images", "--format", "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedAt}}", Base));
        Assert.Matches("^[0-9.]+[kM]B N/A N/A N/A$", sandbox.Hearth("images", "--format", "{{.Size}} {{.Containers}} {{.SharedSize}} {{.UniqueSize}}", Base));
        Assert.Equal(64 + "sha256:".Length, sandbox.Hearth("images", "-q", "--no-trunc", Base).Length);
        Assert.All(sandbox.Hearth("images", "--format", "json").Split('\n'), line => Assert.Equal("one", JsonDocument.Parse(line).RootElement.GetProperty("Tag").GetString()));
        Assert.Contains("invalid filter 'x'", sandbox.RunExpecting(125, "images", "--filter", "x=y").ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_is_described_with_its_history()
    {
        sandbox.Hearth("pull", "-q", App);

        JsonElement view = JsonDocument.Parse(sandbox.Hearth("image", "inspect", App)).RootElement[0];
        Assert.Equal(("amd64", "linux"), (view.GetProperty("Architecture").GetString(), view.GetProperty("Os").GetString()));
        Assert.Equal("/work", view.GetProperty("Config").GetProperty("WorkingDir").GetString());
        Assert.Equal("SIGINT", sandbox.Hearth("image", "inspect", "--format", "{{.Config.StopSignal}}", App));
        string[] history = sandbox.Hearth("history", App).Split('\n');
        Assert.Matches("^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$", history[0]);
        Assert.Contains("umoci insert", history[1], StringComparison.Ordinal);
        Assert.Contains("umoci repack", history[3], StringComparison.Ordinal);
        Assert.Matches("^([0-9.]+[kM]?B\n?){3}$", sandbox.Hearth("history", "--format", "{{.Size}}", App));
        Assert.Matches("^IMAGE\n", sandbox.Hearth("history", "--format", "table {{.ID}}", App));
        Assert.Contains("no such image: nothing", sandbox.RunExpecting(1, "image", "inspect", "nothing").ErrorText, StringComparison.Ordinal);
        Assert.Matches("^[0-9]+$", sandbox.Hearth("history", "--human=false", "--format", "{{.Size}}", App).Split('\n')[1]);
        Assert.Contains("no such image: nothing", sandbox.RunExpecting(1, "history", "nothing").ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_name_takes_the_image_along()
    {
        sandbox.Hearth("pull", "-q", Base);
        string id = sandbox.Hearth("images", "-q", "--no-trunc", Base);
        sandbox.Hearth("tag", Base, "again");
        sandbox.Hearth("tag", id[..20], "again:two");

        Assert.Equal("Untagged: again:latest", sandbox.Hearth("rmi", "again"));
        string refused = sandbox.RunExpecting(1, "rmi", id[7..19]).ErrorText;
        Assert.Equal($"hearth: cannot remove the image {id[7..19]}: it has 2 names; remove them by name, or all with --force\n", refused);
        Assert.Equal($"Untagged: again:two\nUntagged: {Base}\nDeleted: {id}", string.Join('\n', sandbox.Hearth("rmi", "again:two", Base).Split('\n')));
        Assert.Empty(Sandbox.FilesIn(Path.Combine(sandbox.StateDirectory, "images/blobs")));
        Assert.Empty(Sandbox.FilesIn(Path.Combine(sandbox.StateDirectory, "images/layers")));

        sandbox.Hearth("pull", "-q", Base);
        sandbox.Hearth("tag", Base, "again");
        Assert.EndsWith($"Deleted: {id}", sandbox.Hearth("rmi", "--force", id[7..19]), StringComparison.Ordinal);
        Assert.Equal("", sandbox.Hearth("images", "-q"));
        foreach ((int code, string[] flags) in new (int, string[])[] { (1, []), (0, ["--force"]) })
        {
            CommandResult missing = sandbox.RunExpecting(code, ["rmi", .. flags, "nothing", "neither"]);
            Assert.Equal(2, missing.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        }
    }

    [Fact]
    public void An_image_in_use_stays()
    {
        sandbox.Hearth("create", "--name", "stopped", Base, "true");
        string stopped = sandbox.RunExpecting(1, "rmi", Base).ErrorText;
        Assert.Equal($"hearth: cannot remove the image {Base}: the stopped container 'stopped' uses it; --force removes the image nevertheless\n", stopped);
        Assert.DoesNotContain("Untagged", sandbox.Hearth("image", "prune", "-f", "--all"), StringComparison.Ordinal);

        sandbox.Hearth("run", "-d", "--name", "running", Base, "sleep", "1000");
        string running = sandbox.RunExpecting(1, "rmi", "--force", Base).ErrorText;
        Assert.Contains("the running container 'running' uses it; 'hearth stop running' stops it", running, StringComparison.Ordinal);

        sandbox.Hearth("rm", "-f", "running");
        Assert.Contains("Deleted: sha256:", sandbox.Hearth("rmi", "--force", Base), StringComparison.Ordinal);
        Assert.Contains("'hearth pull' fetches it", sandbox.RunExpecting(1, "start", "stopped").ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("pull", "-q", Base);
        sandbox.Hearth("start", "-a", "stopped");
        sandbox.Hearth("rm", "stopped");
        Assert.DoesNotContain("Untagged", sandbox.Hearth("image", "prune", "-f", "--all", "--filter", "label=none"), StringComparison.Ordinal);
        Assert.DoesNotContain("Untagged", sandbox.Hearth("image", "prune", "-f", "--all", "--filter", "until=2019-01-01"), StringComparison.Ordinal);
        Assert.Contains("there are until, label and label!", sandbox.RunExpecting(125, "image", "prune", "-f", "--filter", "name=x").ErrorText, StringComparison.Ordinal);
        Assert.Matches($"^Untagged: {Base}\nTotal reclaimed space: [0-9.]+[kM]B$", sandbox.Hearth("image", "prune", "-f", "--all", "--force", "--filter", "until=1h", "--filter", "label!=none"));
        Assert.Empty(Sandbox.FilesIn(Path.Combine(sandbox.StateDirectory, "images/layers")));
    }

    [Fact]
    public void Damage_by_the_disk_is_found_and_repaired()
    {
        sandbox.Hearth("pull", "-q", Base);
        string store = Path.Combine(sandbox.StateDirectory, "images");
        CommandResult good = sandbox.RunExpecting(0, "image", "check");
        Assert.Equal("", good.OutputText);
        Assert.Matches("^Checked 1 layers \\(.* MiB\\): nothing is damaged\n$", good.ErrorText);

        string layer = Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(store, "layers"))));
        Flip(Path.Combine(store, "layers", layer, "content"));
        CommandResult bad = sandbox.RunExpecting(1, "image", "check");
        Assert.Matches($"^IMAGE +PART +DIGEST +STATE\n{Base} +content +sha256:{layer} +damaged\n$", bad.OutputText);
        Assert.EndsWith(": 1 damaged; 'hearth image check --repair' repairs or removes them\n", bad.ErrorText, StringComparison.Ordinal);
        Assert.Equal("content repaired", sandbox.Hearth("image", "check", "--repair", "--format", "{{.Part}} {{.State}}"));

        // An image that cannot be read is no obstacle to others.
        string id = sandbox.Hearth("images", "-q", "--no-trunc")["sha256:".Length..];
        sandbox.Hearth("pull", "-q", App);
        Flip(Path.Combine(store, "blobs/sha256", id));
        CommandResult listed = sandbox.RunExpecting(1, "images", "--format", "{{.Repository}}");
        Assert.Equal($"{images.Host}/app\n", listed.OutputText);
        Assert.Contains($"cannot use the image '{Base}': its manifest or configuration in the image store '{store}' is damaged", listed.ErrorText, StringComparison.Ordinal);
        Assert.Contains($"Untagged: {App}", sandbox.Hearth("rmi", sandbox.RunExpecting(1, "images", "-q").OutputText.Trim()), StringComparison.Ordinal);
        Assert.Equal("removed", JsonDocument.Parse(sandbox.Hearth("image", "check", "--repair", "--format", "json")).RootElement.GetProperty("State").GetString());
        Assert.Equal("", sandbox.Hearth("images", "-q"));
        sandbox.Hearth("pull", "-q", Base);
        StoreCheck.AssertWhole(sandbox.StateDirectory);
    }

    private static void Flip(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
