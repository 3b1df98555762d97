using Hearth.Records.Events;
using Hearth.Records.Rotation;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker;

/// <summary>
/// The events of this host from a moment on, also those that other programs cause. They are read once for all parts
/// of the daemon.
/// </summary>
internal sealed class EventFeed(Func<EventJournal> openJournal, TimeProvider clock, ILogger log)
{
    /// <summary>Called for each event once, in the order of the journal, by one thread at a time.</summary>
    public event Action<ContainerEvent>? Happened;

    /// <summary>Opens the journal, before the look at what there is already, and follows it until it is cancelled.</summary>
    /// <exception cref="Hearth.Containers.HearthException">The journal cannot be opened.</exception>
    public Task FollowAsync(CancellationToken cancellationToken)
    {
        JournalReading<ContainerEvent> reading = openJournal().Open(new EventQuery { OnlyNew = true, Follow = true });
        return Following.RepeatAsync(reading, happened => Happened?.Invoke(happened), "the events of containers", clock, log, cancellationToken);
    }
}
