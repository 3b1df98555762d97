using Hearth.Cli.Commands.Workers;

namespace Hearth.Cli.Tests.Workers;

public sealed class RolloutComparisonTests
{
    [Fact]
    public void A_version_that_is_as_good_goes_on()
    {
        RolloutComparison comparison = new(Window(), Window(), 50);

        Assert.Equal(RolloutVerdict.Go, comparison.Verdict);
        Assert.All(comparison.Checks, check => Assert.Equal("go", check.VerdictText));
    }

    [Fact]
    public void Few_starts_are_a_reason_to_wait_even_if_some_were_bad()
    {
        RolloutComparison comparison = new(Window(), Window(started: 20, failed: 10), 50);

        Assert.Equal(RolloutVerdict.Wait, comparison.Verdict);
        Assert.Equal(["starts", "failed starts"], comparison.Checks.Where(check => check.Verdict == RolloutVerdict.Wait).Select(check => check.Name));
    }

    [Fact]
    public void Each_thing_that_is_worse_is_a_reason_to_roll_back()
    {
        Assert.Equal("failed starts", Worse(Window(failed: 5)));
        Assert.Equal("start time p95, s", Worse(Window(slow: 10)));
        Assert.Equal("start time p95, s|start time p50, s", Worse(Window(slow: 60)));
        Assert.Equal("errors per start", Worse(Window(extra: "hearth_errors_total{error=\"machine_failed\"} 3\n")));
        Assert.Equal("", Worse(Window(extra: "hearth_errors_total{error=\"image_unknown\"} 30\n")));
        Assert.Equal("fallbacks per start", Worse(Window(extra: "hearth_fallbacks_total{reason=\"lazy_root\"} 3\n")));
        Assert.Equal("damaged reads per start", Worse(Window(extra: "hearth_root_faults_total 3\n")));
        Assert.Equal("out of memory per start", Worse(Window(extra: "hearth_oom_kills_total 3\n")));
        Assert.Equal("keepers' memory, MiB each", Worse(Window(keepers: 130)));
        Assert.Equal("hearthd's memory, MiB", Worse(Window(daemon: 70)));
        Assert.Equal("daemon restarts", Worse(Window(begun: 1001)));

        static string Worse(WorkerWindow window) =>
            string.Join('|', new RolloutComparison(Window(), window, 50).Checks.Where(check => check.Verdict == RolloutVerdict.RollBack).Select(check => check.Name));
    }

    [Fact]
    public void Quantiles_are_those_of_the_window_within_a_bucket_by_proportion()
    {
        WorkerWindow window = Window();

        Assert.Equal(0.5, window.StartSeconds(0.5), 3);
        Assert.Equal(0.95, window.StartSeconds(0.95), 3);
        Assert.Equal(100, window.Starts);
    }

    [Theory]
    [InlineData("hearth_build_info", "'hearth_build_info' is not a metric")]
    [InlineData("up 1", "no metric hearth_build_info")]
    [InlineData("hearth_build_info{version=\"1\"} one", "is not a metric")]
    [InlineData("<html></html>", "'<html></html>' is not a metric")]
    public void What_is_not_hearthds_is_refused(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => MetricSnapshot.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Labels_may_hold_every_character()
    {
        MetricSnapshot snapshot = MetricSnapshot.Parse("# HELP x y\nhearth_build_info{version=\"0.1 \\\"}\",os=\"a,b\"} 1 1700000000\nhearth_x{a=\"1\"} +Inf\n");

        Assert.Equal("0.1 \\\"}", snapshot.LabelOf("hearth_build_info", "version"));
        Assert.Equal(double.PositiveInfinity, snapshot.Sum("hearth_x"));
        Assert.Equal(0, snapshot.Sum("hearth_x", labels => labels["a"] == "2"));
    }

    /// <summary>A window with 100 starts, a second each at most.</summary>
    private static WorkerWindow Window(int started = 100, int failed = 0, int slow = 0, int keepers = 100, int daemon = 50, int begun = 1000, string extra = "") => new(
        MetricSnapshot.Parse(
            "hearth_build_info{version=\"0.1.0\"} 1\nhearth_process_start_time_seconds 1000\nhearth_starts_total{result=\"started\"} 7\n" +
            "hearth_start_seconds_bucket{le=\"1\"} 7\nhearth_start_seconds_bucket{le=\"4\"} 7\nhearth_start_seconds_bucket{le=\"+Inf\"} 7\n"),
        MetricSnapshot.Parse(
            "hearth_build_info{version=\"0.1.0\"} 1\n" +
            $"hearth_process_start_time_seconds {begun}\n" +
            $"hearth_starts_total{{result=\"started\"}} {started + 7 - failed}\nhearth_starts_total{{result=\"failed\"}} {failed}\n" +
            $"hearth_start_seconds_bucket{{le=\"1\"}} {107 - slow}\nhearth_start_seconds_bucket{{le=\"4\"}} 107\nhearth_start_seconds_bucket{{le=\"+Inf\"}} 107\n" +
            $"hearth_containers{{state=\"running\"}} 2\nhearth_containers{{state=\"exited\"}} 5\nhearth_keeper_memory_bytes {keepers << 20}\nhearth_process_resident_memory_bytes {daemon << 20}\n" + extra));
}
