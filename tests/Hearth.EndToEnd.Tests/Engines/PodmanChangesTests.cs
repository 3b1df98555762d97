using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Engines;

/// <summary>What containers of podman change of their roots: podman shows it, commits it, and starts the next run with it.</summary>
public sealed class PodmanChangesTests : IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly Podman podman;

    public PodmanChangesTests()
    {
        podman = new Podman(sandbox);
        string root = EngineWrapper.MakeRoot(sandbox);
        foreach (string name in (string[])["touch", "mkdir", "rm", "chmod", "chown", "ln", "ls", "stat", "readlink"])
        {
            File.CreateSymbolicLink(Path.Combine(root, "bin", name), "busybox");
        }

        Directory.CreateDirectory(Path.Combine(root, "old"));
        File.WriteAllText(Path.Combine(root, "old/file"), "old\n");
        File.WriteAllText(Path.Combine(root, "etc/conf"), "one\n");
        ContainerImage.Write(root, "localhost/base:1", sandbox.PathOf("base.tar"));
        Succeed("load", "-i", sandbox.PathOf("base.tar"));
    }

    public void Dispose()
    {
        podman.Run("rm", "-af", "-t", "0");
        EngineWrapper.RemoveGroups(sandbox);
        sandbox.Dispose();
    }

    [Fact]
    public void Changes_are_shown_committed_and_there_at_the_next_start()
    {
        const string Change = "[ -e /new ] && cat /new/file; mkdir -p /new; echo made >>/new/file; chmod 4750 /new/file; chown 5:6 /new; ln -sf file /new/link; rm -rf /old; echo two >>/etc/conf; exit 3";
        Assert.Equal(3, podman.Run(["run", "--name", "box", .. Limits, "localhost/base:1", "sh", "-c", Change]).ExitCode);
        Assert.Equal(
            ["A /new", "A /new/file", "A /new/link", "C /etc", "C /etc/conf", "D /old"],
            Succeed("diff", "box").Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

        Succeed("commit", "-q", "box", "localhost/made:1");
        Assert.Equal(
            "made\none\ntwo\n4750 0:0\n5:6\nfile\nbin dev etc new proc run sys tmp\n",
            Succeed(["run", "--rm", .. Limits, "localhost/made:1", "sh", "-c", "cat /new/file /etc/conf; stat -c '%a %u:%g' /new/file; stat -c %u:%g /new; readlink /new/link; echo $(ls /)"]));

        CommandResult again = podman.Run("start", "-a", "box");
        Assert.Equal((3, "made\n"), (again.ExitCode, again.OutputText));
        Assert.Equal("made\nmade\n", File.ReadAllText(Path.Combine(Succeed("mount", "box").Trim(), "new/file")));
    }

    [Fact]
    public void A_stopped_container_keeps_its_changes_and_a_read_only_one_has_none()
    {
        Succeed(["run", "-d", "--name", "box", .. Limits, "localhost/base:1", "sh", "-c", "[ -e /made ] && echo again >>/made; echo first >>/made; while :; do sleep 1; done"]);
        Sandbox.WaitUntil(() => podman.Run("exec", "box", "cat", "/made").ExitCode == 0, "the file");
        Succeed("stop", "-t", "0", "box");
        Succeed("start", "box");
        Sandbox.WaitUntil(() => podman.Run("exec", "box", "cat", "/made").OutputText == "first\nagain\nfirst\n", "the file of both runs");
        Succeed("rm", "-f", "-t", "0", "box");

        Succeed(["run", "--name", "fixed", "--read-only", .. Limits, "localhost/base:1", "id"]);

        // podman itself makes /etc/mtab, which it does not show.
        Assert.Contains(Succeed("diff", "fixed"), (string[])["", "C /etc\n"]);
    }

    [Fact]
    public void Images_are_built_with_steps_that_run()
    {
        string context = sandbox.MakeTree("context", ("Dockerfile", """
            FROM localhost/base:1
            RUN echo built >/built && mkdir /deep && touch /deep/file
            COPY given /given
            RUN rm -r /old && cat /built /given >/both && chmod 700 /deep
            CMD ["cat", "/both"]
            """), ("given", "given\n"));
        CommandResult built = podman.Run(["build", "--network", "none", "--isolation", "oci", "--runtime", podman.Runtime, "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "-t", "localhost/built", context]);
        Assert.True(built.ExitCode == 0, built.ErrorText);
        Assert.Equal("built\ngiven\n", Succeed(["run", "--rm", .. Limits, "localhost/built"]));
        Assert.Equal("700\ngone\n", Succeed(["run", "--rm", .. Limits, "localhost/built", "sh", "-c", "stat -c %a /deep; [ -e /old ] || echo gone"]));
    }

    private string[] Limits => [.. podman.Limits, "--network", "none"];

    private string Succeed(params string[] arguments) => podman.Succeed(arguments);
}
