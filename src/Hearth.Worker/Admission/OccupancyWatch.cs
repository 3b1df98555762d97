using Hearth.Containers;
using Hearth.Records;
using Hearth.Records.Events;

namespace Hearth.Worker.Admission;

/// <summary>Notes in the queue which containers run, also those that the command line starts.</summary>
internal sealed class OccupancyWatch(ContainerStore store, AdmissionQueue admission)
{
    /// <summary>Notes those that run already; the events that happen meanwhile come after it.</summary>
    public void Begin()
    {
        foreach (Container container in store.List().Where(container => container.State.IsHeld))
        {
            admission.Hold(container.Id, container.Description.Shape);
        }
    }

    public void Note(ContainerEvent happened)
    {
        switch (happened)
        {
            case { Type: EventType.Container, Action: EventAction.Start } when store.TryRead(happened.Actor.Id) is { } container:
                admission.Hold(container.Id, container.Description.Shape);
                break;
            case { Type: EventType.Container, Action: EventAction.Die or EventAction.Destroy }:
                admission.Release(happened.Actor.Id);
                break;
        }
    }
}
