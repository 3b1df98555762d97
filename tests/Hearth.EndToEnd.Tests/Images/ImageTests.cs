using System.Text.Json;
using Hearth.Distribution.Tests.Support;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>Containers from images: what the image's configuration says, and what replaces it.</summary>
public sealed class ImageTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();

    private string App => $"{images.Host}/app:one";

    private string Base => $"{images.Host}/base:one";

    private string User => $"{images.Host}/user:one";

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void An_image_runs_its_command_and_the_users_choices_replace_it()
    {
        CommandResult first = sandbox.RunExpecting(0, "run", App);
        Assert.Equal("entry default\n", first.OutputText);
        Assert.StartsWith($"Unable to find image '{App}' locally\n", first.ErrorText, StringComparison.Ordinal);

        CommandResult second = sandbox.RunExpecting(0, "run", App, "two", "words");
        Assert.Equal(("entry two words\n", ""), (second.OutputText, second.ErrorText));
        Assert.Equal("word\n", sandbox.RunExpecting(0, "run", "--entrypoint", "/bin/echo", App, "word").OutputText);
        const string Show = "pwd; echo $COLOUR $SHAPE; ls -d /data; cat /text; echo $PATH";
        Assert.Equal(
            "/work\nblue round\n/data\ninserted\n/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
            sandbox.RunExpecting(0, "run", "--entrypoint", "", App, "sh", "-c", Show).OutputText);
        Assert.Equal(
            "/tmp\nred round\n",
            sandbox.RunExpecting(0, "run", "-w", "/tmp", "-e", "COLOUR=red", "--entrypoint", "/bin/sh", App, "-c", "pwd; echo $COLOUR $SHAPE").OutputText);
    }

    [Fact]
    public void A_user_of_the_image_is_found_in_the_image()
    {
        Assert.Equal("uid=1000(app) gid=1000\n", sandbox.RunExpecting(0, "run", User).OutputText);
        Assert.StartsWith("uid=0 ", sandbox.RunExpecting(0, "run", "-u", "0", User).OutputText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_has_the_images_values_and_its_own()
    {
        sandbox.Hearth("create", "--name", "plain", App);
        sandbox.Hearth("create", "--name", "own", "--label", "other=mine", "--stop-signal", "QUIT", "-v", "own:/data", "-e", "SHAPE=square", App, "x");

        Assert.Equal(["/bin/echo", "entry", "default"], Strings("plain", "Config.Cmd"));
        Assert.Equal(("hearth", "image"), (sandbox.Inspect("plain", "Config.Labels.team"), sandbox.Inspect("plain", "Config.Labels.other")));
        Assert.Equal(("2", "/work"), (sandbox.Inspect("plain", "Config.StopSignal"), sandbox.Inspect("plain", "Config.WorkingDir")));
        Assert.Equal(("/data", "True"), (sandbox.Inspect("plain", "Mounts.0.Destination"), sandbox.Inspect("plain", "description.Volumes.0.IsAnonymous")));
        Assert.Equal("8080/tcp", sandbox.Inspect("plain", "description.Network.ExposedPorts.0"));
        Assert.Equal(["/bin/echo", "entry", "x"], Strings("own", "Config.Cmd"));
        Assert.Equal(("hearth", "mine"), (sandbox.Inspect("own", "Config.Labels.team"), sandbox.Inspect("own", "Config.Labels.other")));
        Assert.Equal(("3", "own"), (sandbox.Inspect("own", "Config.StopSignal"), sandbox.Inspect("own", "Mounts.0.Name")));
        Assert.Contains("SHAPE=square", Strings("own", "Config.Env"));
        Assert.DoesNotContain("SHAPE=round", Strings("own", "Config.Env"));
        Assert.Equal("entry default", sandbox.Hearth("start", "-a", "plain"));
        sandbox.Hearth("rm", "plain", "own");
    }

    [Fact]
    public void An_image_of_the_store_needs_no_registry()
    {
        string repository;
        string pulled;
        using (DebianRegistry registry = new(Directory.CreateDirectory(sandbox.PathOf("registry")).FullName))
        {
            repository = $"{registry.Host}/user";
            Command.Tool("skopeo", "copy", "--quiet", "--dest-tls-verify=false", $"oci:{images.Place}/images:user", $"docker://{repository}:one");
            pulled = sandbox.RunExpecting(0, "pull", $"{repository}:one").ErrorText;
        }

        string name = $"{repository}:one";
        string digest = pulled.Split('\n').Single(line => line.StartsWith("Digest: ", StringComparison.Ordinal))["Digest: ".Length..];
        string id = sandbox.Hearth("images", "-q", name);
        foreach (string image in (string[])[name, id, id[..6], $"{repository}@{digest}"])
        {
            CommandResult run = sandbox.RunExpecting(0, "run", "--pull", "never", image);
            Assert.Equal(("uid=1000(app) gid=1000\n", ""), (run.OutputText, run.ErrorText));
        }

        Assert.Contains("Connection refused", sandbox.RunExpecting(125, "run", "--pull", "always", name).ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void The_policy_says_when_an_image_is_fetched()
    {
        string refused = sandbox.RunExpecting(125, "run", "--pull", "never", Base, "true").ErrorText;
        Assert.Equal($"hearth: cannot run the image '{Base}': it is not in the image store, and --pull never was given\n", refused);

        Assert.Contains("Pull complete\n", sandbox.RunExpecting(0, "run", "--pull", "missing", Base, "true").ErrorText, StringComparison.Ordinal);
        Assert.Equal("", sandbox.RunExpecting(0, "run", "--pull", "missing", Base, "true").ErrorText);
        Assert.Contains("Already exists\n", sandbox.RunExpecting(0, "run", "--pull", "always", Base, "true").ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_run_says_why()
    {
        string multi = $"{images.Host}/multi:one";
        Assert.Contains("linux/arm64", sandbox.RunExpecting(125, "run", "--platform", "linux/amd64", multi, "true").ErrorText, StringComparison.Ordinal);
        string other = sandbox.RunExpecting(125, "run", "--platform", "linux/riscv64", Base, "true").ErrorText;
        Assert.Contains($"cannot run the image '{Base}': it is for linux/amd64, and not for linux/riscv64", other, StringComparison.Ordinal);
        Assert.Contains("no command given, and the image has none; name one, such as /bin/sh", sandbox.RunExpecting(125, "run", Base).ErrorText, StringComparison.Ordinal);
        Assert.Contains("--immutable cannot be given with an image", sandbox.RunExpecting(125, "run", "--immutable", Base, "true").ErrorText, StringComparison.Ordinal);
        Assert.Contains("404", sandbox.RunExpecting(125, "run", $"{images.Host}/none:one", "true").ErrorText, StringComparison.Ordinal);

        // "bin" is a directory of "/" and could be an image.
        using Command command = Command.Start("/bin/sh", ["-c", "cd / && exec \"$0\" run --pull never bin true", Programs.Hearth], new Dictionary<string, string> { ["HEARTH_STATE_DIR"] = sandbox.StateDirectory, ["HEARTH_RUN_DIR"] = sandbox.RunDirectory });
        command.CloseInput();
        Assert.EndsWith("; for the directory, write './bin'\n", command.Wait().ErrorText, StringComparison.Ordinal);
    }

    private string[] Strings(string container, string members) => JsonSerializer.Deserialize<string[]>(sandbox.Inspect(container, members))!;
}
