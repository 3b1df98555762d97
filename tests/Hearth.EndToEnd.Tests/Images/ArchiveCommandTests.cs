using System.Text.Json;
using Hearth.Distribution.Tests.Support;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>The commands save, load, import and image tree, with docker's output.</summary>
public sealed class ArchiveCommandTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();

    private string App => $"{images.Host}/app:one";

    private string Base => $"{images.Host}/base:one";

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Images_are_saved_and_loaded_through_files_and_pipes()
    {
        sandbox.Hearth("pull", "-q", App);
        sandbox.Hearth("pull", "-q", Base);
        string id = sandbox.Hearth("images", "-q", "--no-trunc", Base);
        string archive = sandbox.PathOf("images.tar");
        string other = sandbox.PathOf("other");
        Assert.Equal("", sandbox.Hearth("save", "-o", archive, App, Base));

        Assert.Equal($"Loaded image: {App}\nLoaded image: {Base}", sandbox.Hearth("--state-dir", other, "load", "-q", "-i", archive));
        Assert.Equal(sandbox.Hearth("image", "inspect", "--format", "{{.Id}} {{.Manifest.Digest}}", App, Base), sandbox.Hearth("--state-dir", other, "image", "inspect", "--format", "{{.Id}} {{.Manifest.Digest}}", App, Base));
        Assert.Equal("", sandbox.RunExpecting(0, "--state-dir", other, "load", "-q", "-i", archive).ErrorText);

        string piped = Shell($"$HEARTH save {id} | gzip | $HEARTH --state-dir {sandbox.PathOf("third")} load");
        Assert.Equal($"Loaded image ID: {id}\n", piped);
        Assert.Equal("entry default\n", sandbox.RunExpecting(0, "run", $"docker-archive:{archive}:{App}").OutputText);
    }

    [Fact]
    public void An_archive_is_imported_and_runs()
    {
        string id = Shell($"tar cJ -C {images.Place}/tree . | $HEARTH import -c 'CMD [\"cat\", \"/etc/passwd\"]' -c 'ENV A=1' -m imported - own:1").Trim();

        Assert.Equal(id, sandbox.Hearth("images", "-q", "--no-trunc", "own:1"));
        Assert.Equal("imported", sandbox.Hearth("history", "--format", "{{.Comment}}", "own:1"));
        Assert.Equal("app:x:1000:1000::/:/bin/sh\n", sandbox.RunExpecting(0, "run", "own:1").OutputText);
        Assert.Equal("1\n", sandbox.RunExpecting(0, "run", "own:1", "sh", "-c", "echo $A").OutputText);
    }

    [Fact]
    public async Task An_archive_of_an_address_is_imported_and_failures_name_it()
    {
        await using FaultProxy proxy = new(images.Registry.Port);
        sandbox.Hearth("pull", "-q", Base);
        string digest = JsonDocument.Parse(sandbox.Hearth("image", "tree", "--format", "json", Base)).RootElement.GetProperty("layers")[0].GetProperty("digest").GetString()!;
        string address = $"http://{proxy.Host}/v2/base/blobs/{digest}";

        proxy.Add(new Fault { Status = 503, Times = 1 });
        proxy.Add(new Fault { RedirectTo = $"http://{images.Host}", Times = 1 });
        sandbox.Hearth("import", "-c", "CMD cat /etc/passwd", address, "own:2");
        Assert.Equal("app:x:1000:1000::/:/bin/sh\n", sandbox.RunExpecting(0, "run", "own:2").OutputText);
        Assert.Equal($"Imported from {address}", sandbox.Hearth("history", "--format", "{{.Comment}}", "own:2"));

        Assert.Matches($"^hearth: cannot fetch '{address}0': {proxy.Host} answers 4[0-9]+: .*; check the address\n$", sandbox.RunExpecting(1, "import", address + "0").ErrorText);
        proxy.Add(new Fault { DropAfter = 1000 });
        Assert.Matches($"^hearth: cannot fetch '{address}': the connection to {proxy.Host} broke .*; try again\n$", sandbox.RunExpecting(1, "import", address).ErrorText);
        Assert.Contains("passwords in addresses are not used", sandbox.RunExpecting(1, "import", "http://user:word@localhost/x").ErrorText, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(sandbox.StateDirectory, "images/ingest")));
    }

    [Fact]
    public void The_tree_of_an_image_names_those_that_share_its_layers()
    {
        sandbox.Hearth("pull", "-q", App);
        sandbox.Hearth("pull", "-q", Base);

        Assert.Contains($"also in {Base}", sandbox.Hearth("image", "tree", App), StringComparison.Ordinal);
        JsonElement tree = JsonDocument.Parse(sandbox.Hearth("image", "tree", "--format", "json", App)).RootElement;
        Assert.Equal((App, 2), (tree.GetProperty("name").GetString(), tree.GetProperty("layers").GetArrayLength()));
        Assert.Equal([1, 0], tree.GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("sharedWith").GetArrayLength()));
    }

    [Fact]
    public void Failures_name_their_cause_and_the_next_step()
    {
        sandbox.Hearth("pull", "-q", Base);
        Assert.Equal("hearth: no such image: none; 'hearth images' lists them, 'hearth pull' fetches one\n", sandbox.RunExpecting(1, "save", "-o", sandbox.PathOf("none.tar"), "none").ErrorText);
        Assert.False(File.Exists(sandbox.PathOf("none.tar")));
        Assert.StartsWith("hearth: cannot read 'standard input': it has neither manifest.json nor index.json", sandbox.RunExpecting(1, "load").ErrorText, StringComparison.Ordinal);
        Assert.StartsWith("hearth: cannot import '/nonexistent':", sandbox.RunExpecting(1, "import", "/nonexistent").ErrorText, StringComparison.Ordinal);
        Assert.StartsWith("hearth: cannot use the change 'RUN x': 'RUN' is no instruction", sandbox.RunExpecting(1, "import", "-c", "RUN x", "-").ErrorText, StringComparison.Ordinal);
        Assert.StartsWith("hearth: cannot import 'ftp://a/b':", sandbox.RunExpecting(1, "import", "ftp://a/b").ErrorText, StringComparison.Ordinal);
        Assert.Matches($"^hearth: cannot save the image '{Base}' for linux/arm64: the image store has it for linux/amd64; 'hearth pull --platform linux/arm64 {Base}'", sandbox.RunExpecting(1, "save", "--platform", "linux/arm64", "-o", sandbox.PathOf("none.tar"), Base).ErrorText);
        sandbox.Hearth("save", "--platform", "linux/amd64", "-o", sandbox.PathOf("some.tar"), Base);
        Assert.Contains("it would exceed its limit of 1.0 KiB; 'hearth image prune --all'", sandbox.RunExpecting(1, "pull", "--image-limit", "1k", App).ErrorText, StringComparison.Ordinal);
        sandbox.Set("HEARTH_IMAGE_LIMIT", "much");
        Assert.Contains("HEARTH_IMAGE_LIMIT=\"much\" is not a size", sandbox.RunExpecting(125, "pull", App).ErrorText, StringComparison.Ordinal);
        string terminal = Shell("script --quiet --return --command \"$HEARTH save x\" /dev/null || echo $?");
        Assert.Contains("cannot write an archive to a terminal: give --output FILE, or redirect the output", terminal, StringComparison.Ordinal);
        Assert.EndsWith("125\n", terminal, StringComparison.Ordinal);
    }

    private string Shell(string script)
    {
        sandbox.Set("HEARTH", Programs.Hearth);
        using Command command = sandbox.StartProgram("/bin/bash", "-o", "pipefail", "-ec", script);
        command.CloseInput();
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == 0, $"{script}: {result.OutputText}{result.ErrorText}");
        return result.OutputText;
    }
}
