using Hearth.EndToEnd.Tests.Worker;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests.Support;

/// <summary>
/// What one user of a daemon does by docker's client, chosen at random, while others kill the daemon and keepers. A command may
/// fail, for the daemon was away; it has to end. A container that a client was told of is there until it is removed, and its output is
/// without a gap.
/// </summary>
internal sealed class DaemonWorkload
{
    /// <summary>Prints numbers in sequence, from 0 at each start.</summary>
    private const string Counting = "i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done";

    /// <summary>Docker's own: done, something failed, the daemon failed, signals.</summary>
    private static readonly int[] exitCodes = [0, 1, 125, 126, 127, 137, 143];

    private readonly Daemon daemon;
    private readonly Sandbox sandbox;
    private readonly string image;
    private readonly string prefix;
    private readonly Random random;
    private readonly int mostContainers;
    private readonly (int Weight, Action Act)[] acts;
    private readonly List<string> names = [];
    private int made;

    /// <param name="daemon">Ends and starts while this works.</param>
    /// <param name="sandbox">Its directories.</param>
    /// <param name="image">The root of its containers.</param>
    /// <param name="prefix">Of their names.</param>
    /// <param name="random">Chooses.</param>
    /// <param name="mostContainers">How many of them there are at once.</param>
    public DaemonWorkload(Daemon daemon, Sandbox sandbox, string image, string prefix, Random random, int mostContainers)
    {
        this.daemon = daemon;
        this.sandbox = sandbox;
        this.image = image;
        this.prefix = prefix;
        this.random = random;
        this.mostContainers = mostContainers;
        acts =
        [
            (4, () => Make("run", "-d")),
            (1, () => Make("run", "-d", "--restart", "always")),
            (2, () => Make("create")),
            (2, () => Try("run", "--rm", image, "echo", "ok")),
            (2, RunAndKillClient),
            (3, () => Try("start", Any())),
            (3, () => Try("exec", Any(), "true")),
            (2, () => Try("stop", "-t", "1", Any())),
            (1, () => Try("restart", "-t", "0", Any())),
            (1, () => Try("pause", Any())),
            (1, () => Try("unpause", Any())),
            (2, () => CheckOutput(Any())),
            (2, KillKeeper),
            (3, Remove),
        ];
    }

    /// <summary>How many commands have run, and how many of them succeeded.</summary>
    public (int All, int Done) Commands { get; private set; }

    /// <summary>Does one thing.</summary>
    public void Step()
    {
        int at = random.Next(acts.Sum(act => act.Weight));
        acts.First(act => (at -= act.Weight) < 0).Act();
    }

    /// <summary>With a daemon that answers: nothing is lost. Removes what there is.</summary>
    public void Finish()
    {
        string[] there = daemon.Docker("ps", "-a", "--format", "{{.Names}}").Split('\n');
        Assert.Equal([], names.Except(there));
        foreach (string name in there.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            CheckOutput(name);
            daemon.Docker("rm", "-f", name);
        }

        names.Clear();
    }

    private void Make(params string[] words)
    {
        while (names.Count >= mostContainers)
        {
            Remove();
        }

        string name = $"{prefix}-{made++}";
        if (Try([.. words, "--name", name, image, "sh", "-c", Counting]) is { ExitCode: 0 })
        {
            names.Add(name);
        }
    }

    /// <summary>The container that it leaves, or none, is found at the end.</summary>
    private void RunAndKillClient()
    {
        using Command run = daemon.StartDocker("run", "--rm", "--name", $"{prefix}-{made++}", image, "sh", "-c", "sleep 1");
        if (!run.EndsWithin(TimeSpan.FromMilliseconds(random.Next(2000))))
        {
            run.Signal("KILL");
        }

        run.Wait();
    }

    /// <summary>Docker's client knows no keepers; hearth does.</summary>
    private void KillKeeper()
    {
        using Command inspect = sandbox.StartKeeping("inspect", "-f", "{{.keeperPid}}", Any());
        inspect.CloseInput();
        if (int.TryParse(inspect.Wait().OutputText, out int keeper) && keeper != 0)
        {
            Signals.Send(keeper, SignalNumber.Kill);
        }
    }

    /// <summary>Each number follows the one before, or is the first of another start. A killed keeper may have left a part of the last.</summary>
    private void CheckOutput(string name)
    {
        if (Try("logs", name) is not { ExitCode: 0 } logs)
        {
            return;
        }

        int expected = 0;
        foreach (string line in logs.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.True(int.TryParse(line, out int number) && (number == expected || number == 0), $"{name} has printed {line} where {expected} was to come: {logs.OutputText}");
            expected = number + 1;
        }
    }

    private void Remove()
    {
        if (names.Count > 0)
        {
            string name = Any();
            names.Remove(name);
            Try("rm", "-f", name);
        }
    }

    private string Any() => names.Count > 0 ? names[random.Next(names.Count)] : "none-yet";

    private CommandResult Try(params string[] arguments)
    {
        CommandResult result = daemon.RunDocker("", arguments);
        Assert.True(exitCodes.Contains(result.ExitCode), $"docker {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.ErrorText}");
        Commands = (Commands.All + 1, Commands.Done + (result.ExitCode == 0 ? 1 : 0));
        return result;
    }
}
