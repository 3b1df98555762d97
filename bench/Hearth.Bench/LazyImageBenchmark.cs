namespace Hearth.Bench;

/// <summary>The first output of images that are not there, behind a slow link: by their indexes, after a pull, and with a trace.</summary>
internal sealed class LazyImageBenchmark : IBenchmark
{
    private const long SlowLink = 3_000_000;
    private const int Rounds = 3;

    public string Name => "lazy";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        using LazyStart start = new(workshop);
        foreach (DebianImage image in DebianImage.All)
        {
            start.Push(image);
            start.Rate = SlowLink;
            double lazy = RunAnew(start, image);
            long bytes = start.SentBytes;
            double eager = start.RunAnew("never", image).FirstOutput;
            long all = start.SentBytes;
            double cached = start.PushTrace(image);
            double traced = RunAnew(start, image);
            double transfer = 1000.0 * start.SentBytesAtFirstOutput / SlowLink;
            double floor = Math.Max(cached, transfer);
            yield return new Figure($"{image.Name}: first output at 3 MB/s, against a start after the pull", eager / lazy, "times sooner", 12, AtLeast: true, $"{lazy / 1000:F1} s, the median of {Rounds}, against {eager / 1000:F1} s");
            yield return new Figure($"{image.Name}: bytes fetched until the end of that start", 100.0 * bytes / all, "%", 8, AtLeast: false, $"{bytes / 1e6:F1} MB of {all / 1e6:F0} MB");
            yield return new Figure(
                $"{image.Name}: first output with a trace, against without", traced / lazy, "times", 0.5, AtLeast: false,
                $"{traced / 1000:F1} s against {lazy / 1000:F1} s; no trace can go below {floor / lazy:F2}: a start of an image that is there takes {cached / 1000:F1} s, the transfer {transfer / 1000:F1} s");
            yield return new Figure(
                $"{image.Name}: the same, beyond the longer of these two", (traced - floor) / (lazy - floor), "times", 0.5, AtLeast: false, $"{(traced - floor) / 1000:F1} s against {(lazy - floor) / 1000:F1} s");
        }
    }

    /// <returns>Milliseconds, the median.</returns>
    private static double RunAnew(LazyStart start, DebianImage image) => Timing.Percentile(Enumerable.Range(0, Rounds).Select(_ => start.RunAnew("auto", image).FirstOutput).ToArray(), 0.5);
}
