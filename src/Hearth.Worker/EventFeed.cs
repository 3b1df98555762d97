using Hearth.Records.Events;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker;

/// <summary>
/// The events of this host from a time on, also those that other programs cause. They are read once for all parts
/// of the daemon.
/// </summary>
internal sealed class EventFeed(Func<EventJournal> openJournal, TimeProvider clock, ILogger log)
{
    /// <summary>Called for each event once, in the order of the journal, by one thread at a time.</summary>
    public event Action<ContainerEvent>? Happened;

    /// <summary>Follows the journal until it is cancelled.</summary>
    /// <param name="since">The earliest time of an event: before the look at what there is already.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task FollowAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        return Following.RepeatAsync(ReadAsync, "the events of containers", clock, log, cancellationToken);

        async Task ReadAsync()
        {
            await foreach (ContainerEvent happened in openJournal().ReadAsync(new EventQuery { Since = since, Follow = true }, cancellationToken))
            {
                since = happened.Time.AddTicks(1);
                Happened?.Invoke(happened);
            }
        }
    }
}
