using System.Diagnostics;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>
/// Several users of one daemon at once, with the daemon, keepers and clients killed at random: for a third of a minute among the other
/// tests, for as long as <c>./dev soak MINUTES</c> says.
/// </summary>
public sealed class DaemonSoakTests(ITestOutputHelper output) : IDisposable
{
    private const string Image = "soak:1";
    private const int Users = 3;
    private const int ContainersEach = 2;
    private const double ShortMinutes = 20.0 / 60;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task Nothing_is_lost_and_nothing_is_left_whatever_is_killed()
    {
        TimeSpan duration = SoakSettings.Duration(ShortMinutes);
        int seed = SoakSettings.Seed;
        output.WriteLine($"{SoakSettings.SeedVariable}={seed}");
        string archive = sandbox.PathOf("root.tar");
        Command.Tool("tar", "-C", BusyboxTree.Make(sandbox), "-cf", archive, ".");
        sandbox.Hearth("import", archive, Image);

        int kills = 0;
        using (Daemon daemon = new(sandbox))
        {
            DaemonWorkload[] users = [.. Enumerable.Range(0, Users).Select(user => new DaemonWorkload(daemon, sandbox, Image, $"user{user}", new Random(seed + user), ContainersEach))];
            long start = Stopwatch.GetTimestamp();
            Task[] working = [.. users.Select(user => Task.Factory.StartNew(() => WorkUntil(user, start, duration), TaskCreationOptions.LongRunning))];
            Random random = new(seed + Users);
            using ManualResetEventSlim pause = new();
            while (Stopwatch.GetElapsedTime(start) < duration && !working.Any(task => task.IsFaulted))
            {
                pause.Wait(TimeSpan.FromSeconds(1 + (5 * random.NextDouble())), TestContext.Current.CancellationToken);
                daemon.Restart();
                kills++;
            }

            await Task.WhenAll(working);
            Assert.All(users, user => user.Finish());
            output.WriteLine($"{kills} kills of the daemon; commands and successes: {string.Join(", ", users.Select(user => user.Commands))}");
            Assert.All(users, user => Assert.NotEqual(0, user.Commands.Done));
            RemoveUnstarted(daemon);
        }

        sandbox.SettleCrashes();
        sandbox.AssertNothingLeft();
    }

    /// <summary>Of a <c>docker run --rm</c>, the daemon was killed between creation and start; the client does not come back.</summary>
    private static void RemoveUnstarted(Daemon daemon)
    {
        Sandbox.WaitUntil(() => daemon.Docker("ps", "-aq", "--filter", "status=running").Length == 0, "the end of the last containers");
        string[] left = daemon.Docker("ps", "-a", "--format", "{{.ID}} {{.State}}").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(left, container => Assert.EndsWith(" created", container, StringComparison.Ordinal));
        Array.ForEach(left, container => daemon.Docker("rm", "-f", container.Split(' ')[0]));
    }

    private static void WorkUntil(DaemonWorkload user, long start, TimeSpan duration)
    {
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            user.Step();
        }
    }
}
