using Hearth.Client;
using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary>Reads the statistics of many containers repeatedly. One that does not answer is shown without values, and does not delay the others.</summary>
internal sealed class StatsReading(IContainers service, CommandContext context, CancellationToken stop)
{
    private readonly Dictionary<string, Task<GuestStatistics?>> reading = [];
    private readonly Dictionary<string, GuestStatistics> before = [];
    private readonly HashSet<string> silent = [];

    /// <summary>Reads once. The next call waits again for answers that are late.</summary>
    /// <param name="containers">In the order of the rows.</param>
    /// <param name="patience">How long to wait for all of them together.</param>
    /// <param name="isLast">Whether to report containers that have not answered, since there is no next call.</param>
    public async Task<StatsRow[]> ReadAsync(IReadOnlyList<Container> containers, TimeSpan patience, bool isLast)
    {
        foreach (Container container in containers.Where(container => !reading.ContainsKey(container.Id)))
        {
            reading[container.Id] = TryReadAsync(container);
        }

        try
        {
            await Task.WhenAll(containers.Select(container => reading[container.Id])).WaitAsync(patience, context.Clock, stop);
        }
        catch (TimeoutException) when (isLast)
        {
            foreach (Container late in containers.Where(container => !reading[container.Id].IsCompleted))
            {
                Warn(late, $"cannot read the statistics of container '{late.Name}': it has not answered for {patience.TotalSeconds:0} s; 'hearth stop {late.Name}' ends it");
            }
        }
        catch (TimeoutException)
        {
            // The next call waits again.
        }

        return [.. containers.Select(TakeRow)];
    }

    private StatsRow TakeRow(Container container)
    {
        GuestStatistics? now = null;
        if (reading[container.Id] is { IsCompletedSuccessfully: true } done)
        {
            reading.Remove(container.Id);
            now = done.Result;
        }

        StatsRow row = StatsRow.Of(container, now, before.GetValueOrDefault(container.Id));
        if (now is not null)
        {
            before[container.Id] = now;
        }

        return row;
    }

    /// <summary>Null for one that is stopped, has just ended or been paused, or does not answer.</summary>
    private async Task<GuestStatistics?> TryReadAsync(Container container)
    {
        try
        {
            return await service.StatisticsAsync(container.Id, stop);
        }
        catch (HearthException exception) when (exception.Error is HearthError.WrongState or HearthError.ContainerUnknown or HearthError.MachineFailed or HearthError.KeeperFailed)
        {
            return null;
        }
        catch (HearthException exception) when (exception.Error is HearthError.GuestSilent or HearthError.KeeperSilent)
        {
            Warn(container, $"container '{container.Name}': {exception.Message}");
            return null;
        }
    }

    /// <summary>Once for each.</summary>
    private void Warn(Container container, string why)
    {
        lock (silent)
        {
            if (silent.Add(container.Id))
            {
                context.Warn(why);
            }
        }
    }
}
