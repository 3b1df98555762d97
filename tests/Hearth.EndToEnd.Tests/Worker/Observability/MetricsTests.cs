using System.Text.RegularExpressions;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests.Worker.Observability;

/// <summary>The metrics of containers that really ran, read by Prometheus and its tool.</summary>
public sealed partial class MetricsTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();

    private string Image => $"{images.Host}/base:one";

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void The_rules_are_valid_and_each_alert_fires_in_its_test()
    {
        string directory = Path.Combine(Programs.Repository, "packaging/observability");
        Command.Tool("promtool", "check", "rules", Path.Combine(directory, "alerts.yaml"));
        Command.Tool("promtool", "test", "rules", Path.Combine(directory, "alerts-test.yaml"));

        string tests = File.ReadAllText(Path.Combine(directory, "alerts-test.yaml"));
        string[] alerts = [.. AlertName().Matches(File.ReadAllText(Path.Combine(directory, "alerts.yaml"))).Select(match => match.Groups[1].Value)];
        Assert.True(alerts.Length > 10);
        Assert.All(alerts, alert => Assert.Matches($@"alertname: {alert}\n +exp_alerts:", tests));
    }

    [Fact]
    public void Runs_are_counted_with_their_ends_and_a_scrape_asks_no_stopped_keeper()
    {
        using Daemon daemon = new(sandbox);
        daemon.Docker("pull", "-q", Image);
        daemon.Docker("run", "--rm", Image, "true");
        Assert.Equal(3, daemon.RunDocker("", "run", "--rm", Image, "sh", "-c", "exit 3").ExitCode);
        sandbox.Hearth("run", "--rm", Image, "true");
        Assert.NotEqual(0, daemon.RunDocker("", "run", "--rm", Image, "nothing-here").ExitCode);
        daemon.Docker("run", "-d", "--name", "box", Image, "sleep", "1000");
        Sandbox.WaitUntil(() => Read(daemon).GetValueOrDefault("hearth_exits_total{result=\"zero\"}") == 2, "both ends with 0");
        Sandbox.WaitUntil(() => Read(daemon).GetValueOrDefault("hearth_starts_total{result=\"started\"}") == 4, "all starts");

        Dictionary<string, double> before = Read(daemon, "?containers=1");
        Assert.Equal((1, 1, 1), (before["hearth_exits_total{result=\"nonzero\"}"], before["hearth_containers{state=\"running\"}"], before["hearth_starts_total{result=\"failed\"}"]));
        Assert.Equal(1, before["hearth_errors_total{error=\"command_not_found\"}"]);
        Assert.Equal(4, before["hearth_start_seconds_count"]);
        Assert.True(before["hearth_start_phase_seconds_count{phase=\"kernel\"}"] >= 4);
        Assert.True(before["hearth_fuse_read_seconds_count"] > 0 && before["hearth_root_read_bytes_total"] > 0 && before["hearth_root_size_bytes_total"] > before["hearth_root_read_bytes_total"]);
        Assert.True(before["hearth_keeper_memory_bytes"] > 1 << 20 && before["hearth_machine_memory_bytes"] > 1 << 20);
        Assert.True(before["hearth_disk_bytes{kind=\"images\"}"] > 0);

        // Of the pull: the manifest, the configuration and one layer.
        Assert.Equal((3, 3, 0), (before["hearth_fetch_seconds_count"], before["hearth_fetch_seconds_bucket{le=\"+Inf\"}"], before["hearth_fetch_errors_total"]));
        Assert.True(before["hearth_fetched_bytes_total"] > 100_000 && before["hearth_fetch_seconds_sum"] > 0);
        Assert.NotEqual(0, daemon.RunDocker("", "pull", Image.Replace("base:one", "missing:1", StringComparison.Ordinal)).ExitCode);
        Assert.Equal(1, Read(daemon)["hearth_fetch_errors_total"]);
        string id = daemon.Docker("ps", "-q", "--no-trunc");
        Assert.True(before[$"hearth_container_memory_bytes{{id=\"{id}\",name=\"box\"}}"] > 0);

        int keeper = sandbox.KeeperOf("box");
        Signals.Send(keeper, SignalNumber.Stop);
        Assert.Equal(1, Read(daemon)["hearth_silent_keepers"]);
        Signals.Send(keeper, SignalNumber.Continue);
        daemon.Docker("rm", "-f", "box");

        Sandbox.WaitUntil(() => Read(daemon)["hearth_containers{state=\"running\"}"] == 0, "the removal");
        Dictionary<string, double> after = Read(daemon);
        Assert.All(before.Where(sample => Counter().IsMatch(sample.Key)), sample => Assert.True(after[sample.Key] >= sample.Value, sample.Key));
        Assert.Equal(0, after["hearth_machine_memory_bytes"]);
    }

    [Fact]
    public async Task Prometheus_reads_both_formats_and_evaluates_the_rules()
    {
        using Daemon daemon = RemoteDaemon.Start(sandbox);
        daemon.Docker("pull", "-q", Image);
        daemon.Docker("run", "--rm", Image, "true");
        string text = sandbox.PathOf("metrics");
        await File.WriteAllTextAsync(text, Scrape(daemon, "?containers=1", "text/plain"), TestContext.Current.CancellationToken);
        Command.Tool("bash", "-c", $"promtool check metrics <{text}");

        using PrometheusServer prometheus = new(sandbox, RemoteDaemon.HostOf(daemon));
        await WaitAsync(async () => (await prometheus.QueryAsync("hearth_starts_total{result=\"started\"}")).Values.Contains(1), prometheus);
        Assert.Equal("", await prometheus.ScrapeErrorAsync());
        Assert.Equal(1, (await prometheus.QueryAsync("hearth_start_seconds_count")).Values.Single());
        Assert.Equal(1, (await prometheus.QueryAsync("sum(hearth_start_seconds_bucket{le=\"+Inf\"})")).Values.Single());

        await WaitAsync(async () => (await prometheus.RulesAsync()).Values.All(health => health == "ok") && (await prometheus.RulesAsync()).ContainsKey("HearthStartsSlow"), prometheus);
    }

    private static async Task WaitAsync(Func<Task<bool>> condition, PrometheusServer prometheus)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(200));
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(2));
        while (!await condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Prometheus did not get there; its last scrape: {await prometheus.ScrapeErrorAsync()}");
            }
        }
    }

    private static string Scrape(Daemon daemon, string query = "", string accept = "*/*") =>
        Command.Tool("curl", "-sS", "--fail", "--max-time", "20", "-H", $"Accept: {accept}", "--unix-socket", daemon.Socket, $"http://localhost/metrics{query}");

    private static Dictionary<string, double> Read(Daemon daemon, string query = "") => Scrape(daemon, query).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')
        .ToDictionary(line => line[..line.LastIndexOf(' ')], line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex AlertName();

    [GeneratedRegex("^hearth_(?!container_)[a-z_]+_(total|count|sum|bucket)(\\{|$)")]
    private static partial Regex Counter();
}
