using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>What containers change of their roots: listed, exported, kept for the next start, and made an image that skopeo and umoci read.</summary>
public sealed class CommitTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private const string Change = "b=/bin/busybox; $b mkdir /new; echo made >/new/file; $b ln -s file /new/link; $b rm /etc/passwd; echo more >>/text; $b chmod 4700 /new/file; $b truncate -s 5000000 /new/holes; echo end >>/new/holes";

    /// <summary>One line a file: name, type and mode, owner, size, times, target.</summary>
    private const string Describe = "find . -mindepth 1 ! -path './dev*' ! -path './proc*' ! -path './sys*' -printf '%p %M %U:%G %T@ %l\\n' | sort; find . -type f -print0 | sort -z | xargs -0 sha256sum";

    private readonly Sandbox sandbox = new();

    private string App => $"{images.Host}/app:one";

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Changes_last_from_start_to_start_and_are_listed_at_any_time()
    {
        RunToEnd("box", "--network", "none", "--entrypoint", "/bin/sh", App, "-c", "echo run >>/runs; cat /runs");
        Assert.Equal("A /data\nA /runs", sandbox.Hearth("diff", "box"));
        Assert.Equal("run\nrun", sandbox.Hearth("start", "-a", "box"));
        Assert.Equal("A /data\nA /runs", sandbox.Hearth("diff", "box"));
        sandbox.Hearth("rm", "box");

        sandbox.Hearth("create", "--name", "never", App);
        Assert.Equal("", sandbox.Hearth("diff", "never"));
        sandbox.Hearth("rm", "never");
    }

    [Fact]
    public void A_commit_is_an_image_with_one_more_layer_that_other_programs_read()
    {
        sandbox.Hearth("run", "-d", "--name", "box", "--network", "none", "-e", "SHAPE=square", "-l", "team=other", "--entrypoint", "", App, "sh", "-c", $"{Change}; echo done; sleep 1000");
        Sandbox.WaitUntil(() => sandbox.Hearth("logs", "box") == "done", "the changes");
        Assert.Equal(["A /data", "C /etc", "D /etc/passwd", "A /new", "A /new/file", "A /new/holes", "A /new/link", "C /text"], sandbox.Hearth("diff", "box").Split('\n'));
        string id = sandbox.Hearth("commit", "-a", "A. Thor", "-m", "with changes", "-c", "ENV COLOUR=green", "-c", "CMD [\"cat\", \"/new/file\"]", "box", "made:1");
        Assert.Matches("^sha256:[0-9a-f]{64}$", id);
        Assert.Equal("made\n", sandbox.RunExpecting(0, "run", "--network", "none", "made:1").OutputText);

        JsonElement config = JsonDocument.Parse(Run(sandbox.Root, "skopeo", "inspect", "--config", $"oci:{sandbox.StateDirectory}/images:docker.io/library/made:1")).RootElement;
        Assert.Contains("COLOUR=green", config.GetProperty("config").GetProperty("Env").EnumerateArray().Select(one => one.GetString()));
        Assert.Contains("SHAPE=square", config.GetProperty("config").GetProperty("Env").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal("other", config.GetProperty("config").GetProperty("Labels").GetProperty("team").GetString());
        Assert.Equal("with changes", config.GetProperty("history").EnumerateArray().Last().GetProperty("comment").GetString());

        // Pushed, and pulled from there.
        string pushed = $"{images.Host}/made:pushed";
        sandbox.Hearth("tag", "made:1", pushed);
        CommandResult push = sandbox.RunExpecting(0, "push", pushed);
        Assert.Equal($"{pushed}\n", push.OutputText);
        Assert.Matches("^([0-9a-f]{12}: (Pushed|Layer already exists|Mounted from another repository)\n){4}pushed: digest: sha256:[0-9a-f]{64} size: [0-9]+\n$", push.ErrorText);
        Assert.DoesNotContain("Pushed", sandbox.RunExpecting(0, "push", pushed).ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("rmi", pushed);
        Assert.Equal("made\n", sandbox.RunExpecting(0, "run", "--network", "none", pushed).OutputText);

        // The same changes are the same layer.
        sandbox.Hearth("commit", "box", "made:2");
        Assert.Equal(LastLayer("made:1"), LastLayer("made:2"));

        // What umoci unpacks is what the container has.
        Run(sandbox.Root, "skopeo", "copy", "-q", $"oci:{sandbox.StateDirectory}/images:docker.io/library/made:1", "oci:copied:made");
        Run(sandbox.Root, "umoci", "unpack", "--image", "copied:made", "bundle");
        Directory.CreateDirectory(sandbox.PathOf("exported"));
        sandbox.Hearth("export", "-o", sandbox.PathOf("box.tar"), "box");
        Run(sandbox.PathOf("exported"), "tar", "--same-owner", "-xpf", "../box.tar");
        foreach (string mountPoint in (string[])["hosts", "hostname"])
        {
            File.Delete(sandbox.PathOf($"exported/etc/{mountPoint}"));
        }

        Run(sandbox.Root, "touch", "-r", "bundle/rootfs/etc", "exported/etc");
        Assert.Equal(Run(sandbox.PathOf("bundle/rootfs"), "bash", "-c", Describe), Run(sandbox.PathOf("exported"), "bash", "-c", Describe));
        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact]
    public void A_stopped_container_and_a_directorys_are_committed_too()
    {
        RunToEnd("box", "--network", "none", "--entrypoint", "/bin/sh", App, "-c", Change);
        sandbox.Hearth("commit", "box", "stopped:1");
        Assert.Equal("made\n", sandbox.RunExpecting(0, "run", "--network", "none", "--entrypoint", "cat", "stopped:1", "/new/file").OutputText);
        sandbox.Hearth("commit", "-c", "HEALTHCHECK --interval=200ms --retries=1 CMD test -e /new/file", "-c", "STOPSIGNAL SIGUSR1", "box", "checked:1");
        sandbox.Hearth("rm", "box");

        // An image's health check and stop signal hold without a flag.
        sandbox.Hearth("run", "-d", "--name", "checked", "--network", "none", "--entrypoint", "/bin/sh", "checked:1", "-c", "trap 'exit 4' USR1; while :; do sleep 0.1; done");
        Sandbox.WaitUntil(() => sandbox.Hearth("ps", "--format", "{{.Status}}").EndsWith(" (healthy)", StringComparison.Ordinal), "the image's check");
        sandbox.Hearth("exec", "checked", "/bin/busybox", "rm", "/new/file");
        Sandbox.WaitUntil(() => sandbox.Inspect("checked", "State.Health.Status") == "unhealthy", "the image's check to fail");
        sandbox.Hearth("stop", "checked");
        Assert.Equal("4", sandbox.Inspect("checked", "State.ExitCode"));
        sandbox.Hearth("rm", "checked");

        string root = BusyboxTree.Make(sandbox);
        sandbox.Hearth("run", "-d", "--name", "plain", "--network", "none", root, "sh", "-c", "echo made >/made; echo done; sleep 1000");
        Sandbox.WaitUntil(() => sandbox.Hearth("logs", "plain") == "done", "the change");
        sandbox.Hearth("commit", "--pause=false", "-c", "CMD cat /made", "plain", "plain:1");
        sandbox.Hearth("rm", "-f", "plain");
        Assert.Equal("made\n", sandbox.RunExpecting(0, "run", "--network", "none", "plain:1").OutputText);
        Assert.Single(Layers("plain:1"));
    }

    [Fact(Explicit = true)]
    public void The_root_of_a_stopped_container_is_read_in_its_guest()
    {
        RunToEnd("disk", "--network", "none", "--scratch", "16m", "--entrypoint", "/bin/sh", App, "-c", "echo run >>/runs");
        string state = sandbox.Inspect("disk", "State.FinishedAt");
        Assert.Equal("A /data\nA /runs", sandbox.Hearth("diff", "disk"));
        sandbox.Hearth("commit", "disk", "disk:1");
        Assert.Equal("run\n", sandbox.RunExpecting(0, "run", "--network", "none", "--entrypoint", "cat", "disk:1", "/runs").OutputText);
        sandbox.Hearth("export", "-o", sandbox.PathOf("disk.tar"), "disk");
        Assert.Contains("runs", Run(sandbox.Root, "tar", "tf", "disk.tar").Split('\n'));

        // Nothing of the container has changed, and it starts as before.
        Assert.Equal(("exited", state), (sandbox.Inspect("disk", "State.Status"), sandbox.Inspect("disk", "State.FinishedAt")));
        sandbox.Hearth("start", "-a", "disk");
        Assert.Equal("A /data\nA /runs", sandbox.Hearth("diff", "disk"));
        sandbox.Hearth("rm", "disk");

        sandbox.Hearth("create", "--name", "never", "--entrypoint", "/bin/true", App);
        sandbox.Hearth("export", "-o", sandbox.PathOf("never.tar"), "never");
        Assert.Contains("text", Run(sandbox.Root, "tar", "tf", "never.tar").Split('\n'));
        Assert.Equal("created", sandbox.Inspect("never", "State.Status"));
        sandbox.Hearth("rm", "never");
    }

    [Fact]
    public void If_the_machine_is_killed_the_changes_of_that_run_are_lost_with_a_warning()
    {
        const string Count = "echo run >>/runs; cat /runs; [ $(/bin/busybox wc -l </runs) -eq 1 ] || sleep 1000";
        RunToEnd("box", "--network", "none", "--entrypoint", "/bin/sh", App, "-c", Count);
        using (Command second = sandbox.StartKeeping("start", "-a", "box"))
        {
            second.WaitForOutput("run\nrun\n");
            Process.GetProcessById(int.Parse(sandbox.Inspect("box", "vmmPid"), CultureInfo.InvariantCulture)).Kill();
            Assert.Contains("the changes of this run are lost", second.Wait().ErrorText, StringComparison.Ordinal);
        }

        sandbox.Hearth("start", "box");
        Sandbox.WaitUntil(() => sandbox.Hearth("exec", "box", "cat", "/runs") == "run\nrun", "the changes of the first run and the third");
        sandbox.Hearth("rm", "-f", "box");
    }

    /// <summary>Nothing is lost if nothing ran.</summary>
    [Fact]
    public void A_command_that_does_not_exist_is_all_that_a_failed_start_reports()
    {
        sandbox.Hearth("create", "--name", "box", "--network", "none", "--entrypoint", "/not/there", App);
        Assert.DoesNotContain("lost", sandbox.RunExpecting(127, "start", "-a", "box").ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("rm", "box");
    }

    [Fact]
    public void What_cannot_be_read_or_made_is_refused_with_the_reason()
    {
        RunToEnd("box", "--network", "none", "--entrypoint", "/bin/true", App);
        Assert.StartsWith($"hearth: cannot write the archive '{sandbox.PathOf("not/there.tar")}': ", sandbox.RunExpecting(1, "export", "-o", sandbox.PathOf("not/there.tar"), "box").ErrorText, StringComparison.Ordinal);
        File.CreateSymbolicLink(sandbox.PathOf("link"), "linked.tar");
        sandbox.Hearth("export", "-o", sandbox.PathOf("link"), "box");
        Assert.Equal("linked.tar", new FileInfo(sandbox.PathOf("link")).LinkTarget);
        Assert.Contains("text", Run(sandbox.Root, "tar", "tf", "linked.tar").Split('\n'));
        Assert.Contains("GIVE", sandbox.RunExpecting(1, "commit", "-c", "GIVE up", "box", "new:1").ErrorText, StringComparison.Ordinal);
        Assert.Contains("new:", sandbox.RunExpecting(1, "commit", "box", "new:").ErrorText, StringComparison.Ordinal);
        Assert.DoesNotContain("new", sandbox.Hearth("images", "--format", "{{.Repository}}"), StringComparison.Ordinal);
        sandbox.Hearth("rm", "box");
    }

    /// <summary>Runs a container that stays.</summary>
    private void RunToEnd(string name, params string[] arguments)
    {
        sandbox.Hearth(["create", "--name", name, .. arguments]);
        sandbox.Hearth("start", "-a", name);
    }

    private string Run(string directory, string program, params string[] arguments)
    {
        using Command command = sandbox.StartProgram("env", ["-C", directory, program, .. arguments]);
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {result.OutputText}{result.ErrorText}");
        return result.OutputText;
    }

    private string LastLayer(string image) => Layers(image)[^1];

    private string[] Layers(string image) =>
    [
        .. JsonDocument.Parse(Run(sandbox.Root, "skopeo", "inspect", $"oci:{sandbox.StateDirectory}/images:docker.io/library/{image}")).RootElement
            .GetProperty("Layers").EnumerateArray().Select(layer => layer.GetString()!),
    ];
}
