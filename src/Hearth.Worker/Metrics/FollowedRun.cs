using Hearth.Containers.Reports;

namespace Hearth.Worker.Metrics;

/// <summary>A run whose reports are counted. Thread-safe.</summary>
/// <param name="isNew">Whether all of it counts. Of a run that began before hearthd, only what follows its first report counts.</param>
internal sealed class FollowedRun(bool isNew)
{
    private readonly Lock gate = new();
    private bool counts = isNew;

    /// <summary>The newest report; null before the first.</summary>
    public RunReport? Last { get; private set; }

    /// <summary>What waited in the guest's channel at the last question.</summary>
    public long BacklogInBytes { get; set; }

    /// <summary>The keeper's <see cref="Linux.Processes.ProcessUsage.CountReadsAndWrites"/> before the last question.</summary>
    public long? AskedAt { get; set; }

    public void Count(RunReport report, RunTotals totals)
    {
        lock (gate)
        {
            if (counts)
            {
                totals.Count(report, Last);
            }

            counts = true;
            Last = report;
        }
    }
}
