using Hearth.Containers.Reports;
using Hearth.Distribution.Sources;
using Hearth.Rendering.Metrics;
using Hearth.Worker.Metrics;

namespace Hearth.Worker.Tests.Metrics;

/// <summary>What all runs add up to.</summary>
public sealed class RunTotalsTests
{
    private readonly RunTotals totals = new();

    [Fact]
    public void A_run_is_counted_once_however_often_its_report_is_read()
    {
        FollowedRun run = new();
        run.Count(Report(read: 100, reads: [2, 1, 0], fetched: 10, new Phase(PhaseNames.Kernel, 0, 500), new Phase(PhaseNames.Process, 500, 100)), totals);
        run.Count(Report(read: 150, reads: [2, 3, 1], fetched: 30, new Phase(PhaseNames.Kernel, 0, 500), new Phase(PhaseNames.Process, 500, 100), new Phase(PhaseNames.FirstOutput, 600, 50)), totals);
        run.Count(Report(read: 150, reads: [2, 3, 1], fetched: 30, new Phase(PhaseNames.Kernel, 0, 500), new Phase(PhaseNames.Process, 500, 100), new Phase(PhaseNames.FirstOutput, 600, 50)), totals);
        new FollowedRun().Count(Report(read: 1, reads: [1, 0, 0], fetched: 0, new Phase(PhaseNames.Process, 0, 100)), totals);

        Assert.Equal(151, ValueOf("hearth_root_read_bytes_total"));
        Assert.Equal(2000, ValueOf("hearth_root_size_bytes_total"));
        Assert.Equal(30, ValueOf("hearth_fetched_bytes_total"));
        Assert.Equal(2, SampleOf("hearth_start_seconds").Count);
        Assert.Equal(0.7, SampleOf("hearth_start_seconds").Value, 6);
        Assert.Equal(1, SampleOf("hearth_start_phase_seconds", PhaseNames.FirstOutput).Count);
        Assert.Equal((2, 2), (ValueOf("hearth_roots_total", "lazy"), ValueOf("hearth_fallbacks_total", "emulation")));
        MetricSample reads = SampleOf("hearth_fuse_read_seconds");
        Assert.Equal(7, reads.Count);
        Assert.Equal([(0.001, 3.0), (1, 6)], reads.Buckets.Where(bucket => bucket.Bound is 0.001 or 1));
    }

    [Fact]
    public void A_run_of_before_counts_from_its_first_report_on()
    {
        FollowedRun run = new();
        run.Count(Report(read: 100, reads: [5, 0, 0], fetched: 10, new Phase(PhaseNames.Process, 0, 100)), null);
        run.Count(Report(read: 120, reads: [6, 0, 0], fetched: 10, new Phase(PhaseNames.Process, 0, 100)), totals);

        Assert.Equal((20, 0, 0), (ValueOf("hearth_root_read_bytes_total"), ValueOf("hearth_fetched_bytes_total"), ValueOf("hearth_roots_total", "lazy")));
        Assert.Equal((1, 0), (SampleOf("hearth_fuse_read_seconds").Count, SampleOf("hearth_start_seconds").Count));
    }

    [Fact]
    public void A_report_that_is_older_than_the_last_takes_nothing_away()
    {
        FollowedRun run = new();
        run.Count(Report(read: 100, reads: [5, 0, 0], fetched: 10), totals);
        run.Count(Report(read: 40, reads: [1, 0, 0], fetched: 5), totals);

        Assert.Equal((100, 10), (ValueOf("hearth_root_read_bytes_total"), ValueOf("hearth_fetched_bytes_total")));
        Assert.Equal(5, SampleOf("hearth_fuse_read_seconds").Count);
    }

    [Fact]
    public void Requests_to_registries_are_counted_of_pulls_and_of_runs_with_their_times()
    {
        totals.Count(new SourceRequest(100, TimeSpan.FromMilliseconds(40), HasFailed: false));
        totals.Count(new SourceRequest(0, TimeSpan.FromSeconds(9), HasFailed: true));
        FollowedRun run = new();
        run.Count(Report(read: 1, reads: [1, 0, 0], fetched: 10, fetches: new DurationCounts([0.01, 0.05], [1, 2, 0], 0.1)), totals);
        run.Count(Report(read: 1, reads: [1, 0, 0], fetched: 30, fetches: new DurationCounts([0.01, 0.05], [1, 3, 1], 2.2)), totals);

        Assert.Equal((130, 1), (ValueOf("hearth_fetched_bytes_total"), ValueOf("hearth_fetch_errors_total")));
        MetricSample sample = SampleOf("hearth_fetch_seconds");
        Assert.Equal((6, 2.24), (sample.Count, Math.Round(sample.Value, 6)));
        Assert.Equal([(0.01, 1.0), (0.05, 5)], sample.Buckets.Where(bucket => bucket.Bound is 0.01 or 0.05));
    }

    private double ValueOf(string name, string? label = null) => SampleOf(name, label).Value;

    private MetricSample SampleOf(string name, string? label = null) =>
        totals.Families.Single(family => family.Metric.Name == name).Samples.Single(sample => label is null || sample.LabelValues[0] == label);

    private static RunReport Report(long read, long[] reads, long fetched, params Phase[] phases) => Report(read, reads, fetched, fetches: null, phases);

    private static RunReport Report(long read, long[] reads, long fetched, DurationCounts? fetches, params Phase[] phases) => new()
    {
        ExitCode = 0,
        Accelerator = "tcg",
        Phases = phases,
        Rootfs = new RootfsReport
        {
            Mode = "lazy",
            Format = "erofs",
            Nodes = 1,
            Files = 1,
            ContentBytes = 1000,
            MetadataBytes = 1,
            ImageBytes = 1,
            Reads = reads.Sum(),
            BytesRead = read,
            FilesRead = 1,
            SourceFaults = 0,
            ReadTimes = new DurationCounts([0.001, 1], reads, reads.Sum() / 10.0),
            Image = new ImageReport { Name = "web", Way = ImageWay.Lazy, FetchedBytes = fetched, FetchTimes = fetches },
        },
    };
}
