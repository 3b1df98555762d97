using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>hearthd is killed in the middle of an act, at another moment each time; the next one carries on, and nothing is left.</summary>
public sealed class DaemonKillTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;
    private readonly string image;

    public DaemonKillTests(ImageRegistry images)
    {
        daemon = new Daemon(sandbox);
        image = $"{images.Host}/base:one";
    }

    public void Dispose()
    {
        daemon.Dispose();
        sandbox.Dispose();
    }

    [Theory]
    [InlineData("pull")]
    [InlineData("create")]
    [InlineData("start")]
    [InlineData("exec")]
    [InlineData("wait")]
    public void The_next_daemon_carries_on(string act)
    {
        Prepare(act);
        using Command command = daemon.StartDocker(WordsOf(act));
        bool hasEnded = command.EndsWithin(TimeSpan.FromMilliseconds(Random.Shared.Next(700)));
        daemon.Kill();
        if (!hasEnded)
        {
            command.Wait();
        }

        daemon.StartAgain();
        if (act is "exec" or "wait")
        {
            Assert.Equal("running", daemon.Docker("inspect", "-f", "{{.State.Status}}", "box"));
            Assert.Equal("again", daemon.Docker("exec", "box", "echo", "again"));
        }

        daemon.Docker("pull", "-q", image);
        Assert.Equal("alive", daemon.Docker("run", "--rm", image, "echo", "alive"));
        foreach (string id in daemon.Docker("ps", "-aq").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            daemon.Docker("rm", "-f", id);
        }

        daemon.Docker("rmi", image);
    }

    /// <summary>The acts on a container that runs, and on images, networks and volumes. Each is killed a few times; afterwards it succeeds, and all that was there is whole.</summary>
    [Fact(Explicit = true)]
    public void After_a_kill_in_any_act_all_is_whole_and_the_act_succeeds()
    {
        const int Rounds = 3;
        File.WriteAllBytes(sandbox.PathOf("large"), new byte[8 << 20]);
        daemon.Docker("pull", "-q", image);
        string box = daemon.Docker("run", "-d", "--name", "box", image, "sleep", "10000");
        daemon.Docker("save", "-o", sandbox.PathOf("archive.tar"), image);
        daemon.Docker("tag", image, $"{image}-pushed");
        foreach ((string[] act, string[]? undo) in ActsOn(box))
        {
            for (int round = 0; round < Rounds; round++)
            {
                KillIn(act);
                AssertWhole(box, isRunning: act[0] != "restart");
                CommandResult again = daemon.RunDocker("", act);
                Assert.True(again.ExitCode == 0 || WasDone(again.ErrorText), $"'docker {string.Join(' ', act)}' after a kill: {again.ErrorText}");
                AssertWhole(box, isRunning: true);
                if (undo is not null)
                {
                    daemon.Docker(undo);
                }
            }
        }

        daemon.Docker("rm", "-f", box);
        daemon.Docker("system", "prune", "-f", "-a", "--volumes");
        Assert.Equal("", daemon.Docker("images", "-q"));
    }

    private IEnumerable<(string[] Act, string[]? Undo)> ActsOn(string box) =>
    [
        (["push", $"{image}-pushed"], null),
        (["save", "-o", sandbox.PathOf("saved.tar"), image], null),
        (["load", "-i", sandbox.PathOf("archive.tar")], null),
        (["commit", box, "made:1"], ["rmi", "made:1"]),
        (["cp", sandbox.PathOf("large"), $"{box}:/large"], null),
        (["cp", $"{box}:/large", sandbox.PathOf("back")], null),
        (["export", "-o", sandbox.PathOf("exported.tar"), box], null),
        (["rename", box, "other"], ["rename", box, "box"]),
        (["update", "--restart", "always", box], ["update", "--restart", "no", box]),
        (["pause", box], ["unpause", box]),
        (["restart", "-t", "0", box], null),
        (["tag", image, "other:1"], ["rmi", "other:1"]),
        (["network", "create", "made"], ["network", "rm", "made"]),
        (["volume", "create", "made"], ["volume", "rm", "made"]),
        (["container", "prune", "-f"], null),
        (["image", "prune", "-f"], null),
        (["volume", "prune", "-f"], null),
    ];

    /// <summary>What is answered to an act that the killed daemon, or a keeper for it, has done to its end.</summary>
    private static bool WasDone(string error) =>
        ((string[])["already", "same name", "it is paused", "a network of this name exists"]).Any(words => error.Contains(words, StringComparison.Ordinal));

    private void KillIn(string[] act)
    {
        using Command command = daemon.StartDocker(act);
        bool hasEnded = command.EndsWithin(TimeSpan.FromMilliseconds(Random.Shared.Next(150)));
        daemon.Kill();
        if (!hasEnded)
        {
            command.Wait();
        }

        daemon.StartAgain();
    }

    private void AssertWhole(string box, bool isRunning)
    {
        Assert.Contains(daemon.Docker("inspect", "-f", "{{.Name}}", box), (string[])["/box", "/other"]);
        if (isRunning)
        {
            Assert.Contains(StatusOf(box), (string[])["running", "paused"]);
            if (StatusOf(box) == "running")
            {
                Assert.Equal("again", daemon.Docker("exec", box, "echo", "again"));
            }
        }
        else
        {
            // Its process may have been killed just now, and the keeper not have finished yet.
            Sandbox.WaitUntil(() => StatusOf(box) is "exited" or "restarting" || daemon.RunDocker("", "exec", box, "echo", "again").OutputText == "again\n", "the container to run or to have ended");
        }

        foreach (string[] list in (string[][])[["ps", "-a"], ["images", "-a"], ["network", "ls"], ["volume", "ls"], ["system", "df"], ["image", "inspect", image]])
        {
            daemon.Docker(list);
        }

        Images.StoreCheck.AssertWhole(sandbox.StateDirectory);
    }

    private string StatusOf(string container) => daemon.Docker("inspect", "-f", "{{.State.Status}}", container);

    private void Prepare(string act)
    {
        if (act != "pull")
        {
            daemon.Docker("pull", "-q", image);
        }

        if (act == "start")
        {
            daemon.Docker("create", "--name", "box", image, "sleep", "1000");
        }
        else if (act is "exec" or "wait")
        {
            daemon.Docker("run", "-d", "--name", "box", image, "sleep", "1000");
        }
    }

    private string[] WordsOf(string act) => act switch
    {
        "pull" => ["pull", image],
        "create" => ["create", "--name", "box", image, "sleep", "1000"],
        "start" => ["start", "box"],
        "exec" => ["exec", "box", "sh", "-c", "echo first; sleep 2"],
        _ => ["wait", "box"],
    };
}
