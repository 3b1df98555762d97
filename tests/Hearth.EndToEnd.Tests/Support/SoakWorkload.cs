namespace Hearth.EndToEnd.Tests.Support;

/// <summary>
/// Acts on containers, chosen at random. An act may fail, since another has killed what it needs; it has to end, and with an exit
/// code that commands have. A running container's keeper holds as many descriptors after an act's undoing as before: that is
/// looked at by <see cref="Breathe"/>.
/// </summary>
internal sealed class SoakWorkload
{
    /// <summary>A volume that containers have one after the other.</summary>
    public const string Volume = "kept";

    private const string Shared = "/mnt/shared";
    private const int MostDescriptorsMore = 4;

    /// <summary>Commands' own: done, something failed, Hearth failed, signals, not to be executed, not found.</summary>
    private static readonly int[] exitCodes = [0, 1, 125, 126, 127, 137, 143];

    private readonly Sandbox sandbox;
    private readonly string shared;
    private readonly string tree;
    private readonly Random random;
    private readonly int mostContainers;
    private readonly (int Weight, string Name, Action Act)[] acts;
    private readonly SortedDictionary<string, int> done = new(StringComparer.Ordinal);
    private readonly List<string> names = [];
    private int made;

    public SoakWorkload(Sandbox sandbox, string tree, Random random, int mostContainers)
    {
        this.sandbox = sandbox;
        this.tree = tree;
        shared = sandbox.MakeTree("shared");
        this.random = random;
        this.mostContainers = mostContainers;
        acts =
        [
            (4, "create", Create),
            (4, "run", RunDetached),
            (1, "run with a volume", RunWithVolume),
            (3, "run and kill its client", RunAndKillClient),
            (2, "run to its end", () => Try("run", "--rm", tree, "echo", "ok")),
            (3, "start", () => Try("start", Any())),
            (4, "exec", () => Try("exec", Any(), "true")),
            (2, "exec and kill its client", ExecAndKillClient),
            (2, "write to a share", () => Try("exec", Any(), "sh", "-c", $"echo $$ >{Shared}/$$")),
            (1, "exec many", Breathe),
            (2, "stop", () => Try("stop", "-t", "1", Any())),
            (1, "restart", () => Try("restart", "-t", "0", Any())),
            (1, "pause", () => Try("pause", Any())),
            (1, "unpause", () => Try("unpause", Any())),
            (1, "logs", () => Try("logs", Any())),
            (3, "kill a keeper", () => KillProcess("keeperPid")),
            (3, "kill a monitor", () => KillProcess("vmmPid")),
            (3, "remove", Remove),
        ];
    }

    /// <summary>How often what was done.</summary>
    public string Summary => string.Join(", ", done.Select(act => $"{act.Key}: {act.Value}"));

    /// <summary>Does one thing.</summary>
    public void Step()
    {
        int at = random.Next(acts.Sum(act => act.Weight));
        (int _, string name, Action act) = acts.First(act => (at -= act.Weight) < 0);
        done[name] = done.GetValueOrDefault(name) + 1;
        act();
    }

    /// <summary>Removes what there is by now, by force; this may not fail.</summary>
    public void RemoveAll()
    {
        string[] ids = sandbox.Hearth("ps", "-aq").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (ids.Length > 0)
        {
            sandbox.Hearth(["rm", "-f", "-v", .. ids]);
        }
    }

    private void Create()
    {
        MakeRoom();
        sandbox.Hearth("create", "--name", NewName(), tree, "sleep", "1000");
    }

    private void RunDetached()
    {
        MakeRoom();
        string[] more = random.Next(6) switch
        {
            0 => ["--scratch", "16m"],
            1 or 2 => ["-v", $"{shared}:{Shared}"],
            3 => ["--mount", "target=/data,volume-opt=size=16m"],
            _ => [],
        };
        sandbox.Hearth(["run", "-d", "--name", NewName(), .. more, tree, "sleep", "1000"]);
    }

    /// <summary>One container has it, or fails: another has it.</summary>
    private void RunWithVolume()
    {
        MakeRoom();
        Try("run", "-d", "--name", NewName(), "--mount", $"source={Volume},target=/data,volume-opt=size=16m", tree, "sleep", "1000");
    }

    /// <summary>At any moment of its start, or while it runs.</summary>
    private void RunAndKillClient()
    {
        MakeRoom();
        string name = NewName();
        using Command run = sandbox.StartKeeping("run", "--name", name, tree, "sh", "-c", "echo up; sleep 1000");
        if (random.Next(2) == 0)
        {
            run.WaitForOutput("up");
        }
        else
        {
            run.EndsWithin(TimeSpan.FromMilliseconds(random.Next(1500)));
        }

        run.Signal("KILL");

        run.Wait();
        if (Try("inspect", "-f", "{{.Name}}", name).Length == 0)
        {
            // It was killed before there was a container.
            names.Remove(name);
        }
    }

    private void ExecAndKillClient()
    {
        using Command exec = sandbox.StartKeeping("exec", Any(), "sleep", "1000");
        if (!exec.EndsWithin(TimeSpan.FromMilliseconds(random.Next(500))))
        {
            exec.Signal("KILL");
        }

        exec.Wait();
    }

    /// <summary>Several commands in a running container leave its keeper no more descriptors than it had.</summary>
    private void Breathe()
    {
        string name = Any();
        if (Descriptors(name) is not { } before)
        {
            return;
        }

        for (int i = 0; i < 5; i++)
        {
            Try("exec", name, "true");
        }

        if (Descriptors(name) is { } after && after.Keeper == before.Keeper)
        {
            Assert.True(after.Count <= before.Count + MostDescriptorsMore, $"the keeper of {name} had {before.Count} descriptors and has {after.Count}");
        }
    }

    private (int Keeper, int Count)? Descriptors(string name)
    {
        int pid = ProcessOf(name, "keeperPid");
        try
        {
            return pid == 0 ? null : (pid, Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count());
        }
        catch (IOException)
        {
            return null;
        }
    }

    private void KillProcess(string member)
    {
        int pid = ProcessOf(Any(), member);
        if (pid != 0)
        {
            using Command kill = Command.Start("kill", ["-KILL", $"{pid}"]);
            kill.Wait();
        }
    }

    private void Remove()
    {
        if (names.Count > 0)
        {
            string name = Any();
            sandbox.Hearth("rm", "-f", "-v", name);
            names.Remove(name);
        }
    }

    private void MakeRoom()
    {
        while (names.Count >= mostContainers)
        {
            Remove();
        }
    }

    /// <returns>0 where there is none, or no such container.</returns>
    private int ProcessOf(string name, string member) =>
        int.TryParse(Try("inspect", "-f", $"{{{{.{member}}}}}", name), out int pid) ? pid : 0;

    private string NewName()
    {
        string name = $"soak-{made++}";
        names.Add(name);
        return name;
    }

    private string Any() => names.Count > 0 ? names[random.Next(names.Count)] : "none-yet";

    private string Try(params string[] arguments)
    {
        using Command command = sandbox.StartKeeping(arguments);
        command.CloseInput();
        CommandResult result = command.Wait();
        Assert.True(exitCodes.Contains(result.ExitCode), $"hearth {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.ErrorText}");
        return result.OutputText;
    }
}
