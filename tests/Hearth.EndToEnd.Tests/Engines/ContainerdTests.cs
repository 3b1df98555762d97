using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Engines;

/// <summary>Debian's containerd and its runc shim with Hearth in runc's place.</summary>
public sealed class ContainerdTests : IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly Containerd containerd;

    public ContainerdTests() => containerd = new Containerd(sandbox);

    [Fact]
    public void A_container_runs_and_its_output_and_status_come_back()
    {
        CommandResult result = Ctr(["run", "--rm", .. containerd.Runtime, Containerd.Image, "one", "sh", "-c", "echo out of $(uname -s); echo and err >&2; exit 5"]);
        Assert.True(result.ExitCode == 5, result.ErrorText);
        Assert.Equal("out of Linux\n", result.OutputText);
        Assert.Contains("and err", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_lives_on_its_own_and_is_reached_and_removed()
    {
        Succeed(["run", "-d", .. containerd.Runtime, Containerd.Image, "box", "sleep", "1000"]);
        Assert.Contains("RUNNING", Succeed("task", "ls"), StringComparison.Ordinal);
        Assert.Equal("inside\n", Succeed("task", "exec", "--exec-id", "first", "box", "echo", "inside"));
        Assert.Equal(4, Ctr("task", "exec", "--exec-id", "second", "box", "sh", "-c", "exit 4").ExitCode);
        Assert.Contains("memory", Succeed("task", "metrics", "box"), StringComparison.Ordinal);
        Assert.Equal(3, Succeed("task", "ps", "box").Trim().Split('\n').Length);
        Succeed("task", "pause", "box");
        Assert.Contains("PAUSED", Succeed("task", "ls"), StringComparison.Ordinal);
        Succeed("task", "resume", "box");
        Succeed("task", "kill", "-s", "9", "box");
        Sandbox.WaitUntil(() => Succeed("task", "ls").Contains("STOPPED", StringComparison.Ordinal), "the task has stopped");

        // What the task ended with, ctr tells in a warning.
        Assert.Contains("exit code 137", Ctr("task", "delete", "box").ErrorText, StringComparison.Ordinal);
        Succeed("containers", "delete", "box");
        Sandbox.WaitUntil(() => sandbox.ContainerFiles().Count == 0, "nothing of the runtime is left");
    }

    /// <summary>However the engine is called, its user reads the sentence.</summary>
    [Fact]
    public void What_cannot_be_started_says_why_in_every_way_of_calling()
    {
        const string Missing = "unable to start container process: exec: \"not-there\": executable file not found in $PATH";
        Refuse(Missing, ["run", "--rm", .. containerd.Runtime, Containerd.Image, "one", "not-there"]);
        Refuse(Missing, ["run", "-d", .. containerd.Runtime, Containerd.Image, "three", "not-there"]);
        Succeed("containers", "delete", "three");
        Refuse("the device '/dev/fuse'", ["run", "--rm", "--device", "/dev/fuse", .. containerd.Runtime, Containerd.Image, "five", "true"]);

        Succeed(["run", "-d", .. containerd.Runtime, Containerd.Image, "box", "sleep", "1000"]);
        Refuse(Missing, ["task", "exec", "--exec-id", "first", "box", "not-there"]);
        Refuse("chdir to cwd (\"/missing\") set in config.json failed: no such file or directory", ["task", "exec", "--cwd", "/missing", "--exec-id", "second", "box", "true"]);
        Assert.Equal("still\n", Succeed("task", "exec", "--exec-id", "third", "box", "echo", "still"));
    }

    private void Refuse(string words, string[] arguments)
    {
        CommandResult result = Ctr(arguments);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(words, result.ErrorText.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        try
        {
            Ctr("task", "kill", "-s", "9", "box");
            Ctr("task", "delete", "--force", "box");
            containerd.Dispose();
        }
        finally
        {
            sandbox.Dispose();
        }
    }

    private CommandResult Ctr(params string[] arguments) => containerd.Ctr(arguments);

    private string Succeed(params string[] arguments) => containerd.Succeed(arguments);
}
