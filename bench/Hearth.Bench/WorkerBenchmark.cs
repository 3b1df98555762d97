using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Hearth.Bench;

/// <summary>
/// What the daemon adds: to a start over the command line, to <c>docker run</c> over <c>hearth run</c>, to reading a log; what it
/// takes when it rests; how fast it tells of many containers; and many lives through its API.
/// </summary>
internal sealed class WorkerBenchmark : IBenchmark
{
    private const int StartRounds = 11;
    private const int RunRounds = 11;
    private const int AskRounds = 31;
    private const int KnownContainers = 50;
    private const int ManyContainers = 200;
    private const int AtOnce = 20;
    private const int LogMegabytes = 100;
    private const string Image = "noop:1";
    private const string LogLine = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";
    private static readonly TimeSpan idleTime = TimeSpan.FromSeconds(60);

    private string[] directories = [];
    private string hearth = "";

    public string Name => "worker";

    public IEnumerable<Figure> Measure(Workshop workshop) => OwnNetwork.Run(() => (IReadOnlyList<Figure>)[.. MeasureAll(workshop)]);

    private IEnumerable<Figure> MeasureAll(Workshop workshop)
    {
        hearth = workshop.Hearth;
        directories = ["--state-dir", Path.Combine(workshop.Scratch, "state"), "--run-dir", Path.Combine(workshop.Scratch, "run")];
        string tree = NoOpTree.Make(workshop);
        File.Copy("/bin/busybox", tree + "/busybox");
        string archive = Path.Combine(workshop.Scratch, "noop.tar");
        Shell.Run("tar", "-C", tree, "-cf", archive, ".");
        Run("import", archive, Image);

        HostUse before = HostUse.Now();
        using WorkerDaemon daemon = new(workshop, directories);
        try
        {
            foreach (Figure figure in MeasureStart(daemon).Append(MeasureRun(daemon)).Concat(MeasureRest(daemon)).Concat(MeasureAnswers(daemon)).Append(MeasureLog(daemon)))
            {
                yield return figure;
            }

            RemoveAll();
            foreach (Figure figure in MeasureLives(daemon, before))
            {
                yield return figure;
            }
        }
        finally
        {
            RemoveAll();
        }
    }

    /// <summary>Of a start's time, only what passes outside of the keeper is compared: the boot takes as long for both, and varies more than the difference.</summary>
    private IEnumerable<Figure> MeasureStart(WorkerDaemon daemon)
    {
        Run("create", "--name", "starter", Image, NoOpTree.Wait);
        List<double> byCommand = [], byApi = [], whole = [];
        for (int i = 0; i <= StartRounds; i++)
        {
            double command = Beyond(daemon, () => Run("start", "starter"), out _);
            double api = Beyond(daemon, () => daemon.PostAsync("v1.41/containers/starter/start").Wait(), out double time);
            if (i > 0)
            {
                byCommand.Add(command);
                byApi.Add(api);
                whole.Add(time);
            }
        }

        Run("rm", "starter");
        double[] medians = [Timing.Percentile(byCommand, 0.5), Timing.Percentile(byApi, 0.5)];
        yield return new Figure("A start by the API, over one by the command line", medians[1] - medians[0], "ms", 10, AtLeast: false,
            $"{medians[1]:F1} against {medians[0]:F1} ms beside the phases of the start, medians of {StartRounds} in turn; a start takes {Timing.Percentile(whole, 0.5):F0} ms");
    }

    /// <returns>The time of a start, without the phases that its report has until the process ran.</returns>
    private double Beyond(WorkerDaemon daemon, Action start, out double time)
    {
        string before = NewestStart(daemon);
        time = Timing.Measure(start);
        Run("kill", "starter");
        Run("wait", "starter");
        while (NewestStart(daemon) == before)
        {
            // The daemon follows a journal.
            Shell.Run("sleep", "0.01");
        }

        JsonElement phases = daemon.Get("hearth/v1/starts/starter").GetProperty("report").GetProperty("phases");
        return time - phases.EnumerateArray().Where(phase => phase.GetProperty("name").GetString() is not ("queue" or "first output" or "exit")).Sum(phase => phase.GetProperty("durationMs").GetDouble());
    }

    private static string NewestStart(WorkerDaemon daemon) => string.Concat(daemon.Get("hearth/v1/starts?limit=1").EnumerateArray().Select(start => start.GetProperty("requestedAt").GetString()));

    private Figure MeasureRun(WorkerDaemon daemon)
    {
        double[] medians = Timing.MediansInTurn(RunRounds, () => daemon.Docker("run", "--rm", Image, NoOpTree.NoOp), () => Run("run", "--rm", Image, NoOpTree.NoOp));
        return new Figure("docker run --rm of a no-op, against hearth run --rm", medians[0] / medians[1], "times", 1.05, AtLeast: false, $"{medians[0]:F0} ms against {medians[1]:F0} ms, medians of {RunRounds} in turn");
    }

    private static IEnumerable<Figure> MeasureRest(WorkerDaemon daemon)
    {
        CreateUntil(daemon, KnownContainers - 1);
        daemon.Docker("run", "-d", Image, NoOpTree.Wait);
        Shell.Run("sleep", "2");
        double before = ProcessorSeconds(daemon.ProcessId);
        Shell.Run("sleep", idleTime.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        double used = ProcessorSeconds(daemon.ProcessId) - before;
        string known = $"with {KnownContainers} containers, one of them running";
        yield return new Figure("hearthd at rest", 100 * used / idleTime.TotalSeconds, "% of a processor", 0.1, AtLeast: false, $"{used * 1000:F1} ms in {idleTime.TotalSeconds:F0} s, {known}");
        double resident = LifeBenchmark.KilobytesOf($"/proc/{daemon.ProcessId}/smaps_rollup", "Rss:") * 1024 / 1e6;
        yield return new Figure("hearthd, resident", resident, "MB", 60, AtLeast: false, known);
    }

    private static IEnumerable<Figure> MeasureAnswers(WorkerDaemon daemon)
    {
        CreateUntil(daemon, ManyContainers);
        double[] medians = Timing.MediansInTurn(AskRounds, () => Ask(daemon, "metrics"), () => Ask(daemon, "v1.41/containers/json?all=1"));
        yield return new Figure($"/metrics with {ManyContainers} containers", medians[0], "ms", 20, AtLeast: false, $"median of {AskRounds}");
        yield return new Figure($"/containers/json with {ManyContainers} containers", medians[1], "ms", 30, AtLeast: false, $"median of {AskRounds}");
    }

    private Figure MeasureLog(WorkerDaemon daemon)
    {
        string lines = $"/busybox yes {LogLine} | /busybox head -c {LogMegabytes}000000";
        Run("run", "--name", "talker", "--log-opt", "max-size=1g", "--memory", "256m", "-d", Image, "/busybox", "sh", "-c", lines);
        Run("wait", "talker");
        string toNothing(string command) => Shell.Run("sh", "-c", $"{command} >/dev/null");
        double[] medians = Timing.MediansInTurn(
            3,
            () => Drain(daemon, "v1.41/containers/talker/logs?stdout=1&follow=1"),
            () => toNothing($"'{hearth}' logs {string.Join(' ', directories)} -f talker"));
        return new Figure("A log by the API, of the throughput of hearth logs -f", medians[1] / medians[0], "times", 0.5, AtLeast: true, $"{LogMegabytes / medians[0] * 1000:F0} against {LogMegabytes / medians[1] * 1000:F0} MB/s; {LogMegabytes} MB in lines of {LogLine.Length + 1} bytes");
    }

    /// <summary>Created, started, awaited and removed by the API, so many at once; an answer that is no success is an exception.</summary>
    private static IEnumerable<Figure> MeasureLives(WorkerDaemon daemon, HostUse before)
    {
        double takenMs = Timing.Measure(() => Parallel.ForEachAsync(
            Enumerable.Range(0, ManyContainers),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (number, _) => await LiveAsync(daemon, $"life-{number}")).Wait());
        string lives = $"{ManyContainers} lives by the API, {AtOnce} at once";
        yield return new Figure("A life by the API: create, start, wait, remove", takenMs / ManyContainers, "ms", null, AtLeast: false, lives);
        HostUse after = HostUse.Now();
        int containers = daemon.Get("v1.41/containers/json?all=1").GetArrayLength();
        yield return new Figure("Containers left by them", containers, "containers", 0, AtLeast: false, lives);
        yield return new Figure("Processes left by them", after.Processes - before.Processes, "processes", 0, AtLeast: false, lives + "; those of Hearth and QEMU");
        yield return new Figure("Mounts left by them", after.Mounts - before.Mounts, "mounts", 0, AtLeast: false, lives);
    }

    private static async Task LiveAsync(WorkerDaemon daemon, string name)
    {
        await CreateAsync(daemon, name, NoOpTree.NoOp);
        await daemon.PostAsync($"v1.41/containers/{name}/start");
        await daemon.PostAsync($"v1.41/containers/{name}/wait");
        using HttpResponseMessage removed = await daemon.Client.DeleteAsync($"v1.41/containers/{name}");
        removed.EnsureSuccessStatusCode();
    }

    private static void CreateUntil(WorkerDaemon daemon, int count)
    {
        int there = daemon.Get("v1.41/containers/json?all=1").GetArrayLength();
        for (int i = there; i < count; i++)
        {
            CreateAsync(daemon, $"known-{i}", NoOpTree.NoOp).Wait();
        }
    }

    private static async Task CreateAsync(WorkerDaemon daemon, string name, string command)
    {
        using StringContent body = new($$"""{"Image":"{{Image}}","Cmd":["{{command}}"]}""", null, "application/json");
        using HttpResponseMessage created = await daemon.Client.PostAsync($"v1.41/containers/create?name={name}", body);
        created.EnsureSuccessStatusCode();
    }

    private static void Ask(WorkerDaemon daemon, string path) => daemon.Client.GetByteArrayAsync(path).Wait();

    private static void Drain(WorkerDaemon daemon, string path)
    {
        using Stream log = daemon.Client.GetStreamAsync(path).GetAwaiter().GetResult();
        log.CopyTo(Stream.Null, 1 << 20);
    }

    private static double ProcessorSeconds(int id)
    {
        using var process = Process.GetProcessById(id);
        return process.TotalProcessorTime.TotalSeconds;
    }

    private void RemoveAll()
    {
        string[] left = Run("ps", "-aq").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (left.Length > 0)
        {
            Run("rm", ["-f", .. left]);
        }
    }

    private string Run(string command, params string[] arguments) => Shell.Run(hearth, [command, .. directories, .. arguments]);
}
