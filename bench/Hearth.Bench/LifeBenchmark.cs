using System.Globalization;

namespace Hearth.Bench;

/// <summary>What a container's keeper adds: to a command in it, to the memory of the host, and that whole lives leave nothing behind.</summary>
internal sealed class LifeBenchmark : IBenchmark
{
    /// <summary>Lives of the last figure: <c>--cycles 500</c> among the names that are measured.</summary>
    public const string CyclesFlag = "--cycles";

    public const int DefaultCycles = 10;

    /// <summary>Over the guest's own start of the same.</summary>
    private const double MostExecMs = 15;

    private const int ExecRounds = 51;
    private const int ListRounds = 11;
    private const int ListedContainers = 100;
    private const int GuestSpawns = 200;
    private const string Holder = "holder";

    private readonly int cycles;
    private string[] directories = [];
    private string hearth = "";

    public LifeBenchmark(int cycles) => this.cycles = cycles;

    public string Name => "life";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        hearth = workshop.Hearth;
        directories = ["--state-dir", Path.Combine(workshop.Scratch, "state"), "--run-dir", Path.Combine(workshop.Scratch, "run")];
        string tree = NoOpTree.Make(workshop);
        File.Copy("/bin/busybox", tree + "/busybox");
        try
        {
            Run("run", ["-d", "--name", Holder, tree, NoOpTree.Wait]);
            foreach (Figure figure in MeasureExec().Append(MeasureMemory()))
            {
                yield return figure;
            }

            Run("rm", ["-f", Holder]);
            yield return MeasureList(tree);
            foreach (Figure figure in MeasureCycles(tree))
            {
                yield return figure;
            }
        }
        finally
        {
            string[] left = Ids();
            if (left.Length > 0)
            {
                Run("rm", ["-f", .. left]);
            }
        }
    }

    private IEnumerable<Figure> MeasureExec()
    {
        string loop = $"i=0; while [ $i -lt {GuestSpawns} ]; do {NoOpTree.NoOp}; i=$((i+1)); done";
        double empty = Timing.MediansInTurn(3, () => Exec("/busybox", "sh", "-c", "true"))[0];
        double spawn = Math.Max(0, Timing.MediansInTurn(3, () => Exec("/busybox", "sh", "-c", loop))[0] - empty) / GuestSpawns;
        double[] medians = Timing.MediansInTurn(ExecRounds, () => Exec(NoOpTree.NoOp), () => Shell.Run(hearth, "--version"));
        yield return new Figure("exec of a static no-op", medians[0], "ms", spawn + MostExecMs, AtLeast: false, $"median of {ExecRounds}, process start to end; hearth --version in turn takes {medians[1]:F1} ms");
        yield return new Figure("The guest's own start of the same", spawn, "ms", null, AtLeast: false, $"a shell's loop in the guest, {GuestSpawns} times");
    }

    /// <summary>What is the keeper's alone, after it had time to give memory back; and all that it has mapped, the program shared with others too.</summary>
    private Figure MeasureMemory()
    {
        string pid = Run("inspect", ["-f", "{{.keeperPid}}", Holder]).Trim();

        // Nothing tells when a process has given back what it will: it is waited for until a second brings no less.
        long size = long.MaxValue;
        for (long now = PrivateBytes(pid); now < size; now = PrivateBytes(pid))
        {
            size = now;
            Shell.Run("sleep", "1");
        }

        double resident = KilobytesOf($"/proc/{pid}/smaps_rollup", "Rss:") * 1024 / 1e6;
        return new Figure("A keeper with an idle container", resident, "MB", 15, AtLeast: false,
            $"resident; {size / 1e6:F1} MB its own, the rest the program's, which all keepers share; a root of a few files");
    }

    private Figure MeasureList(string tree)
    {
        for (int i = 0; i < ListedContainers; i++)
        {
            Run("create", [tree, NoOpTree.NoOp]);
        }

        double list = Timing.MediansInTurn(ListRounds, () => Run("ps", ["-a"]))[0];
        Run("rm", Ids());
        return new Figure($"ps -a of {ListedContainers} containers", list, "ms", 30, AtLeast: false, $"median of {ListRounds}, from their records");
    }

    /// <summary>What the host has of processes, mounts and memory before and after many lives, each created, run and removed.</summary>
    private IEnumerable<Figure> MeasureCycles(string tree)
    {
        Live(tree, 0);
        HostUse before = HostUse.Now();
        double takenMs = Timing.Measure(() =>
        {
            for (int i = 1; i <= cycles; i++)
            {
                Live(tree, i);
            }
        });
        HostUse after = HostUse.Now();
        string files = $"{cycles} lives";
        yield return new Figure("A life: create, start, wait, remove", takenMs / cycles, "ms", null, AtLeast: false, $"mean of {cycles}");
        yield return new Figure("Processes left by them", after.Processes - before.Processes, "processes", 0, AtLeast: false, files + "; those of Hearth and QEMU");
        yield return new Figure("Mounts left by them", after.Mounts - before.Mounts, "mounts", 0, AtLeast: false, files);
        yield return new Figure("Open files left by them", after.OpenFiles - before.OpenFiles, "files", null, AtLeast: false, files + "; the whole host's, others' too");
        yield return new Figure("Memory left by them", (after.SlabBytes - before.SlabBytes) / 1e6, "MB", null, AtLeast: false, files + "; the kernel's that cannot be reclaimed, others' too");
    }

    private void Live(string tree, int number)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"life-{number}");
        Run("create", ["--name", name, tree, NoOpTree.NoOp]);
        Run("start", [name]);
        Run("wait", [name]);
        Run("rm", [name]);
    }

    private string[] Ids() => Run("ps", ["-aq"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private void Exec(params string[] command) => Run("exec", [Holder, .. command]);

    private string Run(string command, string[] arguments) => Shell.Run(hearth, [command, .. directories, .. arguments]);

    private static long PrivateBytes(string pid) =>
        1024 * (KilobytesOf($"/proc/{pid}/smaps_rollup", "Private_Clean:") + KilobytesOf($"/proc/{pid}/smaps_rollup", "Private_Dirty:"));

    internal static long KilobytesOf(string file, string member) =>
        long.Parse(File.ReadLines(file).First(line => line.StartsWith(member, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
