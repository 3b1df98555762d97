using System.Net;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>
/// hearthd is killed in the middle of each of its acts, when it is about to make a certain system call (strace), or right after the act.
/// The next daemon finds the state of before or after, the act succeeds, the container goes on with a whole log, and nothing is left.
/// </summary>
public sealed class KilledActTests : IClassFixture<ImageRegistry>, IDisposable
{
    private static readonly string[] calls = ["connect", "sendto", "sendmsg", "recvfrom", "recvmsg", "pwrite64", "rename", "unlink", "mkdir", "openat"];
    private static readonly TimeSpan clientDeadline = TimeSpan.FromMinutes(1);

    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;
    private readonly KilledSteps steps;
    private readonly ITestOutputHelper output;
    private readonly Random random;
    private readonly string image;

    public KilledActTests(ImageRegistry images, ITestOutputHelper output)
    {
        this.output = output;
        int seed = SoakSettings.Seed;
        output.WriteLine($"{SoakSettings.SeedVariable}={seed}");
        random = new Random(seed);
        daemon = new Daemon(sandbox);
        steps = new KilledSteps(sandbox, string.Join(',', calls));
        image = $"{images.Host}/base:one";
    }

    public void Dispose()
    {
        daemon.Dispose();
        sandbox.Dispose();
    }

    [Theory]
    [InlineData("lives", 1)]
    [InlineData("changes", 1)]
    [InlineData("streams", 1)]
    [InlineData("files", 1)]
    [InlineData("images", 1)]
    [InlineData("stores", 1)]
    [InlineData("lives", 8, Explicit = true)]
    [InlineData("changes", 8, Explicit = true)]
    [InlineData("streams", 8, Explicit = true)]
    [InlineData("files", 8, Explicit = true)]
    [InlineData("images", 8, Explicit = true)]
    [InlineData("stores", 8, Explicit = true)]
    public void The_next_daemon_finds_the_state_of_before_or_after_and_the_act_succeeds(string kind, int rounds)
    {
        Prepare();
        int kills = 0;
        foreach (KilledAct act in new KilledActs(image, sandbox.Root).Of(kind))
        {
            for (int round = 0; round < rounds; round++)
            {
                Array.ForEach(act.Before, words => daemon.Docker(words));
                string begun = StartOf("box");
                kills += KillIn(act) ? 1 : 0;
                AssertWhole(act, begun);
                Repeat(act);
                Array.ForEach(act.After, words => daemon.Docker(words));
                Assert.Equal("running", StatusOf("box"));
            }
        }

        output.WriteLine($"{kills} kills in the middle of an act");
        daemon.Docker("rm", "-f", "box");
        daemon.Docker("system", "prune", "-f", "-a", "--volumes");
        Assert.Equal("", daemon.Docker("images", "-q") + daemon.Docker("ps", "-aq") + daemon.Docker("volume", "ls", "-q"));
        StoreCheck.AssertTidy(sandbox.StateDirectory);
    }

    [Fact]
    public async Task A_drain_ends_with_its_daemon_and_can_be_repeated()
    {
        Prepare();
        using (HttpClient client = daemon.Connect())
        {
            using HttpResponseMessage begun = await client.PostAsync(new Uri("hearth/v1/drain", UriKind.Relative), new StringContent("""{"graceSeconds":600}"""), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        }

        daemon.Restart();
        using HttpClient next = daemon.Connect();
        Assert.Equal("open", JsonDocument.Parse(await next.GetStringAsync(new Uri("hearth/v1/drain", UriKind.Relative), TestContext.Current.CancellationToken)).RootElement.GetProperty("state").GetString());
        using (HttpResponseMessage again = await next.PostAsync(new Uri("hearth/v1/drain", UriKind.Relative), new StringContent("{}"), TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        }

        Assert.Contains("this worker is draining", daemon.RunDocker("", "create", image, "true").ErrorText, StringComparison.Ordinal);
        Assert.Equal("running", StatusOf("box"));
        AssertWholeLog();
        daemon.Docker("rm", "-f", "box");
    }

    private void Prepare()
    {
        File.WriteAllBytes(sandbox.PathOf("large"), new byte[4 << 20]);
        daemon.Docker("pull", "-q", image);
        daemon.Docker("tag", image, $"{image}-pushed");
        daemon.Docker("save", "-o", sandbox.PathOf("archive.tar"), image);
        daemon.Docker("run", "-d", "--name", "box", image, "sh", "-c", "i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done");
        daemon.Docker("export", "-o", sandbox.PathOf("root.tar"), "box");
    }

    /// <returns>Whether it was killed before its client had ended.</returns>
    private bool KillIn(KilledAct act)
    {
        string call = calls[random.Next(calls.Length)];
        int number = 1 + random.Next(2);
        using Command tracer = steps.Attach(daemon.ProcessId, call, number);
        using Command client = daemon.StartDocker(act.Words);
        client.CloseInput();
        Sandbox.WaitUntil(() => client.HasExited || tracer.HasExited || (act.Lasts && client.EndsWithin(TimeSpan.FromMilliseconds(500 + random.Next(500)))) || act.Lasts, $"the end of '{act}'", clientDeadline);
        bool isAmid = !client.HasExited || tracer.HasExited;
        daemon.Kill();
        tracer.Wait();
        Assert.True(client.EndsWithin(clientDeadline), $"the client of '{act}' did not notice the end of the daemon, which was killed at {call} {number}");
        daemon.StartAgain();
        output.WriteLine($"{act}: killed at {call} {number}, {(isAmid ? "before" : "after")} its end");
        return isAmid;
    }

    private void AssertWhole(KilledAct act, string begun)
    {
        if (act.Answers.Length > 0)
        {
            // A keeper finishes what it was told, so the new state may appear a moment later.
            Sandbox.WaitUntil(() => act.Answers.Contains(Ask(act.Question)), $"one of {string.Join(", ", act.Answers)} after a kill in '{act}', and not {Ask(act.Question)}", TimeSpan.FromSeconds(20));
        }
        else if (act.Question.Length > 0)
        {
            daemon.Docker(act.Question);
        }

        foreach (string[] list in (string[][])[["ps", "-a"], ["images", "-a"], ["network", "ls"], ["volume", "ls"], ["image", "inspect", image]])
        {
            daemon.Docker(list);
        }

        StoreCheck.AssertWhole(sandbox.StateDirectory);
        AssertWholeLog();
        if (!act.StartsAgain)
        {
            Assert.Equal(begun, StartOf("box"));
            Assert.Contains(StatusOf("box"), (string[])["running", "paused"]);
        }
    }

    /// <summary>What was not done is done now, and what was done already is said to be.</summary>
    private void Repeat(KilledAct act)
    {
        if (act.Lasts)
        {
            using Command again = daemon.StartDocker(act.Words);
            Assert.False(again.EndsWithin(TimeSpan.FromMilliseconds(300)), $"'{act}' after a kill ended by itself: {again.ErrorText}");
            again.Signal("KILL");
            again.Wait();
            return;
        }

        CommandResult result = daemon.RunDocker("", act.Words);
        Assert.True(result.ExitCode == 0 || IsDone(act, result), $"'{act}' after a kill: {result.ErrorText}");
        if (result.ExitCode == 0 && act.Done.Length > 0)
        {
            CommandResult again = daemon.RunDocker("", act.Words);
            Assert.True(IsDone(act, again), $"'{act}' a second time: {again.ErrorText}");
        }

        if (act.Answers.Length > 0)
        {
            Sandbox.WaitUntil(() => Ask(act.Question) == act.Answers[^1] || act.Words[0] == "restart", $"{act.Answers[^1]} after '{act}', and not {Ask(act.Question)}", TimeSpan.FromSeconds(20));
        }
    }

    private static bool IsDone(KilledAct act, CommandResult result) => Array.Exists(act.Done, words => result.ErrorText.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>Each number follows the one before, or is the first of another start.</summary>
    private void AssertWholeLog()
    {
        int expected = 0;
        foreach (string line in daemon.Docker("logs", "box").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.True(int.TryParse(line, out int number) && (number == expected || number == 0), $"the log has {line} where {expected} was to come");
            expected = number + 1;
        }
    }

    private string Ask(string[] question) => daemon.RunDocker("", question) is { ExitCode: 0 } answer ? answer.OutputText.Trim() : "";

    private string StatusOf(string container) => Ask(["inspect", "-f", "{{.State.Status}}", container]);

    private string StartOf(string container) => Ask(["inspect", "-f", "{{.State.StartedAt}} {{.State.Pid}}", container]);
}
