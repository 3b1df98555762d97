using Hearth.Containers;
using Hearth.Records;
using Hearth.Records.Events;

namespace Hearth.Admission;

/// <summary>Notes in the queue which containers run, also those that the command line starts.</summary>
public sealed class OccupancyWatch(ContainerStore store, AdmissionQueue admission)
{
    /// <summary>Whether a container is gone, or its last run is over. A keeper has it some milliseconds longer, and the next one has it before its machine runs.</summary>
    public static bool HasEnded(Container? container) =>
        container?.State is not { IsHeld: true } state || state is { Status: ContainerStatus.Exited, FinishedAt: not null };

    /// <summary>Notes those that run already; the events that happen meanwhile come after it.</summary>
    public void Begin()
    {
        foreach (Container container in store.List().Where(container => !HasEnded(container)))
        {
            admission.Hold(container.Id, container.Description.Shape);
        }
    }

    /// <summary>An event may be read late: what counts is what is on record now.</summary>
    public void Note(ContainerEvent happened)
    {
        switch (happened)
        {
            case { Type: EventType.Container, Action: EventAction.Start } when store.Find(happened.Actor.Id) is { } container && !HasEnded(container):
                admission.Hold(container.Id, container.Description.Shape);
                break;
            case { Type: EventType.Container, Action: EventAction.Die or EventAction.Destroy } when HasEnded(store.Find(happened.Actor.Id)):
                admission.Release(happened.Actor.Id);
                break;
        }
    }
}
