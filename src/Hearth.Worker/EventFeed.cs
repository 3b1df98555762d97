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
    private const string What = "the events of containers";

    /// <summary>Called for each event once, in the order of the journal, by one thread at a time.</summary>
    public event Action<ContainerEvent>? Happened;

    /// <summary>Opens the journal, before the look at what there is already, and follows it until it is cancelled.</summary>
    /// <exception cref="Hearth.Containers.HearthException">The journal cannot be opened.</exception>
    public Task FollowAsync(CancellationToken cancellationToken)
    {
        JournalReading<ContainerEvent> reading = openJournal().Open(new EventQuery { OnlyNew = true, Follow = true });
        return Following.RepeatAsync(reading, PassOn, What, clock, log, cancellationToken);
    }

    private void PassOn(ContainerEvent happened)
    {
        foreach (Action<ContainerEvent> receive in Delegate.EnumerateInvocationList(Happened))
        {
            Following.PassOn(() => receive(happened), What, log);
        }
    }
}
