namespace Hearth.Bench;

/// <summary>Lazy starts where an eager one costs little: behind a fast link, of a workload that reads every file, and on a warm store.</summary>
internal sealed class LazyReadBenchmark : IBenchmark
{
    private const string ReadAll = "echo begin; find / -xdev -type f -print0 | xargs -0 cat | wc -c";
    private const int Rounds = 3;
    private const int WarmRounds = 7;
    private const long FastLink = 100_000_000;
    private const double MostTimesEager = 1.05;

    private static readonly DebianImage whole = DebianImage.Python with { Print = ["sh", "-c", ReadAll] };

    public string Name => "lazy-read";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        using LazyStart start = new(workshop);
        start.Push(whole);
        start.Rate = FastLink;
        double[][] firsts = InTurn(() => start.RunAnew("auto", DebianImage.Python).FirstOutput, () => start.RunAnew("never", DebianImage.Python).FirstOutput);
        yield return Against("First output at 100 MB/s, against a start after the pull", firsts);
        double[][] reads = InTurn(() => start.RunAnew("auto", whole).End, () => start.RunAnew("never", whole).End);
        yield return Against("All files read at 100 MB/s, against a start after the pull", reads);

        // The one store was filled by a lazy start and its background fetch, the other by a pull.
        string lazyStore = Path.Combine(workshop.Scratch, "lazy-store");
        start.Run(lazyStore, "auto", whole);
        double[] warm = Timing.MediansInTurn(WarmRounds, () => start.Run(lazyStore, "auto", DebianImage.Python), () => start.Run(workshop.Scratch, "never", DebianImage.Python));
        yield return new Figure("A start on a warm store, lazy against eager", warm[0] / warm[1], "times", MostTimesEager, AtLeast: false, $"{warm[0]:F0} ms against {warm[1]:F0} ms, medians of {WarmRounds} in turn");
    }

    /// <returns>The times of each, measured in turn.</returns>
    private static double[][] InTurn(params Func<double>[] contenders)
    {
        double[][] times = [.. contenders.Select(_ => new double[Rounds])];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < contenders.Length; i++)
            {
                times[i][round] = contenders[i]();
            }
        }

        return times;
    }

    private static Figure Against(string name, double[][] times)
    {
        double[] medians = [.. times.Select(each => Timing.Percentile(each, 0.5))];
        return new Figure(name, medians[0] / medians[1], "times", MostTimesEager, AtLeast: false, $"{Describe(times[0])} s against {Describe(times[1])} s, medians of {Rounds} in turn");
    }

    private static string Describe(double[] milliseconds) => string.Join(", ", milliseconds.Select(each => $"{each / 1000:F1}"));
}
