using System.Globalization;
using System.Text.Json.Serialization;

namespace Hearth.Cli.Commands.Workers;

/// <summary>Compares two workers over a window: whether the new version may go on to the others.</summary>
/// <param name="old">The worker with the old version, at the window's begin and end.</param>
/// <param name="new">The worker with the new version.</param>
/// <param name="leastStarts">Fewer starts of the new worker say nothing.</param>
internal sealed class RolloutComparison(WorkerWindow old, WorkerWindow @new, int leastStarts)
{
    private const double MostSlowdown = 1.2;
    private const double MostGrowth = 1.25;
    private const double MostFailures = 0.02;
    private const double MostOfStarts = 0.01;

    public IReadOnlyList<RolloutCheck> Checks =>
    [
        new("starts", old.Starts, @new.Starts, $"{leastStarts} at least", @new.Starts >= leastStarts ? RolloutVerdict.Go : RolloutVerdict.Wait),
        new("daemon restarts", old.IsRestarted ? 1 : 0, @new.IsRestarted ? 1 : 0, "none", @new.IsRestarted ? RolloutVerdict.RollBack : RolloutVerdict.Go),
        Share("failed starts", old.FailedShare, @new.FailedShare, MostFailures),
        Ratio("start time p95, s", old.StartSeconds(0.95), @new.StartSeconds(0.95), MostSlowdown),
        Ratio("start time p50, s", old.StartSeconds(0.5), @new.StartSeconds(0.5), MostSlowdown),
        Share("errors per start", old.PerStart(old.Errors), @new.PerStart(@new.Errors), MostOfStarts),
        Share("fallbacks per start", old.PerStart(old.Fallbacks), @new.PerStart(@new.Fallbacks), MostOfStarts),
        Share("damaged reads per start", old.PerStart(old.RootFaults), @new.PerStart(@new.RootFaults), MostOfStarts),
        Share("out of memory per start", old.PerStart(old.OutOfMemory), @new.PerStart(@new.OutOfMemory), MostOfStarts),
        Ratio("keepers' memory, MiB each", old.KeeperMebibytes, @new.KeeperMebibytes, MostGrowth),
        Ratio("hearthd's memory, MiB", old.DaemonMebibytes, @new.DaemonMebibytes, MostGrowth),
    ];

    /// <summary>One reason to roll back is enough; otherwise one to wait.</summary>
    public RolloutVerdict Verdict => Checks.Max(check => check.Verdict);

    private RolloutCheck Share(string name, double before, double after, double most) => new(
        name, before, after, string.Create(CultureInfo.InvariantCulture, $"old + {most}"), Judge(after > before + most));

    private RolloutCheck Ratio(string name, double before, double after, double most) => new(
        name, before, after, string.Create(CultureInfo.InvariantCulture, $"old × {most}"), Judge(before > 0 && after > before * most));

    /// <summary>A few starts may be worse by chance, so they are a reason to wait.</summary>
    private RolloutVerdict Judge(bool isWorse) => !isWorse ? RolloutVerdict.Go : @new.Starts < leastStarts ? RolloutVerdict.Wait : RolloutVerdict.RollBack;
}

/// <summary>One worker at the begin and at the end of a window.</summary>
internal sealed record WorkerWindow(MetricSnapshot Begin, MetricSnapshot End)
{
    private const double MiB = 1 << 20;

    /// <summary>What a client asks wrongly is no fault of the worker.</summary>
    private static readonly HashSet<string> own = new(StringComparer.Ordinal)
    {
        "unexpected", "host_unsuitable", "storage_failed", "machine_failed", "machine_silent", "guest_failed", "guest_silent", "keeper_failed", "keeper_silent",
    };

    public bool IsRestarted => Begin.Sum("hearth_process_start_time_seconds") != End.Sum("hearth_process_start_time_seconds");

    public double Starts => Increase("hearth_starts_total");

    public double FailedShare => PerStart(Increase("hearth_starts_total", labels => labels.GetValueOrDefault("result") == "failed"));

    public double Errors => Increase("hearth_errors_total", labels => own.Contains(labels.GetValueOrDefault("error", "")));

    public double Fallbacks => Increase("hearth_fallbacks_total");

    public double RootFaults => Increase("hearth_root_faults_total");

    public double OutOfMemory => Increase("hearth_oom_kills_total");

    public double KeeperMebibytes => End.Sum("hearth_containers", labels => labels.GetValueOrDefault("state") is "running" or "paused") is > 0 and double running
        ? End.Sum("hearth_keeper_memory_bytes") / running / MiB
        : 0;

    public double DaemonMebibytes => End.Sum("hearth_process_resident_memory_bytes") / MiB;

    public double PerStart(double count) => Starts > 0 ? count / Starts : 0;

    /// <summary>A quantile of the time until the process runs, within a bucket by proportion, as Prometheus' histogram_quantile; 0 without starts.</summary>
    public double StartSeconds(double quantile)
    {
        Dictionary<double, double> before = IsRestarted ? [] : Begin.Buckets("hearth_start_seconds").ToDictionary(bucket => bucket.Bound, bucket => bucket.Count);
        (double Bound, double Count)[] buckets = [.. End.Buckets("hearth_start_seconds").Select(bucket => (bucket.Bound, bucket.Count - before.GetValueOrDefault(bucket.Bound)))];
        double wanted = buckets is [.., var last] ? last.Count * quantile : 0;
        double lower = 0, below = 0;
        foreach ((double bound, double count) in buckets)
        {
            if (wanted > 0 && count >= wanted)
            {
                return double.IsInfinity(bound) ? lower : lower + (bound - lower) * (wanted - below) / (count - below);
            }

            (lower, below) = (bound, count);
        }

        return 0;
    }

    /// <summary>A counter begins again when the daemon does.</summary>
    private double Increase(string name, Func<IReadOnlyDictionary<string, string>, bool>? has = null) =>
        End.Sum(name, has) - (IsRestarted ? 0 : Begin.Sum(name, has));
}

/// <summary>One comparison.</summary>
/// <param name="Name">What is compared.</param>
/// <param name="Old">Of the worker with the old version.</param>
/// <param name="New">Of the worker with the new version.</param>
/// <param name="Limit">What the new one may have.</param>
/// <param name="Verdict">What follows.</param>
internal sealed record RolloutCheck(string Name, double Old, double New, string Limit, [property: JsonIgnore] RolloutVerdict Verdict)
{
    [JsonPropertyName("verdict")]
    public string VerdictText => Verdict switch { RolloutVerdict.Go => "go", RolloutVerdict.Wait => "wait", _ => "roll back" };
}

/// <summary>What a comparison says, the worst last; the numbers are the command's exit codes.</summary>
internal enum RolloutVerdict
{
    Go = 0,
    Wait = 1,
    RollBack = 2,
}
