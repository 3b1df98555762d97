using Hearth.Containers.Reports;

namespace Hearth.Worker.Metrics;

/// <summary>A run whose reports are counted. Thread-safe.</summary>
internal sealed class FollowedRun
{
    private readonly Lock gate = new();

    /// <summary>The newest report; null before the first.</summary>
    public RunReport? Last { get; private set; }

    /// <summary>What waited in the guest's channel at the last question.</summary>
    public long BacklogInBytes { get; set; }

    /// <summary>The keeper's <see cref="Linux.Processes.ProcessUsage.CountReadsAndWrites"/> before the last question.</summary>
    public long? AskedAt { get; set; }

    /// <param name="report">A newer report.</param>
    /// <param name="totals">Gets what it says more than the last one; null to note the report only.</param>
    public void Count(RunReport report, RunTotals? totals)
    {
        lock (gate)
        {
            totals?.Count(report, Last);
            Last = report;
        }
    }
}
