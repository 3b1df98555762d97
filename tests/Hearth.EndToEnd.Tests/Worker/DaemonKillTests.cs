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
