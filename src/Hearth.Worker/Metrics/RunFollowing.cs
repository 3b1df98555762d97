using System.Collections.Concurrent;
using System.Globalization;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Records.Events;
using Hearth.Records.Starts;

namespace Hearth.Worker.Metrics;

/// <summary>
/// Counts what containers do, also those that other programs start: it follows the journals of events and of starts. The latter has
/// the report of each run at its start and at its end. It uses no processor time while nothing happens.
/// </summary>
internal sealed class RunFollowing(Engine engine, RunTotals totals)
{
    private readonly ConcurrentDictionary<string, FollowedRun> runs = new();
    private readonly ConcurrentDictionary<(string Container, string Destination), long> denied = new();

    /// <summary>The run of a container that is followed now; null if there is none.</summary>
    public FollowedRun? Find(string container) => runs.GetValueOrDefault(container);

    /// <summary>Reads a run's report so far and counts it.</summary>
    /// <exception cref="HearthException">The keeper does not answer.</exception>
    public async Task<ReportReply> ReadAsync(string container, FollowedRun run, CancellationToken cancellationToken)
    {
        ReportReply reply = await engine.Containers.PollReportAsync(container, cancellationToken);
        run.Count(reply.Report, totals);
        return reply;
    }

    /// <summary>Counts a start, or the end of one. Of a start before the daemon's, only what follows counts.</summary>
    /// <param name="start">The record.</param>
    /// <param name="isNew">False if it is of before this daemon.</param>
    public void Count(StartRecord start, bool isNew)
    {
        RunTotals? counting = isNew ? totals : null;
        if (start.Stage == StartStage.Started)
        {
            FollowedRun run = runs[start.Id] = new FollowedRun();
            counting?.Starts.Add("started", 1);
            run.Count(start.Report, counting);
        }
        else if (runs.TryRemove(start.Id, out FollowedRun? run))
        {
            run.Count(start.Report, counting);
        }
        else if (!start.Report.Phases.Any(phase => phase.Name == PhaseNames.Process))
        {
            counting?.Starts.Add("failed", 1);
            counting?.Count(start.Report, before: null);
        }
    }

    public void Count(ContainerEvent happened)
    {
        if (happened.Type != EventType.Container)
        {
            return;
        }

        switch (happened.Action)
        {
            case EventAction.Die:
                totals.Exits.Add(happened.Actor.Attributes.GetValueOrDefault(EventAttribute.ExitCode) == "0" ? "zero" : "nonzero", 1);
                break;
            case EventAction.OutOfMemory:
                totals.OutOfMemory.Add(1);
                break;
            case EventAction.FetchHurried:
                totals.Fallbacks.Add(Fallback.Hurried, 1);
                break;
            case EventAction.TraceFailed:
                totals.Fallbacks.Add(Fallback.Trace, 1);
                break;
            case EventAction.Deny:
                CountDenied(happened);
                break;
            case EventAction.Destroy:
                Forget(happened.Actor.Id);
                break;
        }
    }

    /// <summary>An event has the number of all packets to its destination so far; it begins anew with the container's next start.</summary>
    private void CountDenied(ContainerEvent happened)
    {
        SortedDictionary<string, string> attributes = happened.Actor.Attributes;
        if (!long.TryParse(attributes.GetValueOrDefault(EventAttribute.Count), CultureInfo.InvariantCulture, out long count))
        {
            return;
        }

        string destination = $"{attributes.GetValueOrDefault(EventAttribute.Destination)} {attributes.GetValueOrDefault(EventAttribute.Protocol)} {attributes.GetValueOrDefault(EventAttribute.Port)}";
        long before = denied.GetValueOrDefault((happened.Actor.Id, destination));
        totals.Denied.Add(count >= before ? count - before : count);
        denied[(happened.Actor.Id, destination)] = count;
    }

    private void Forget(string container)
    {
        // Of a keeper that was killed, no record ends the run.
        runs.TryRemove(container, out _);
        foreach ((string Container, string Destination) key in denied.Keys.Where(key => key.Container == container))
        {
            denied.TryRemove(key, out _);
        }
    }
}
