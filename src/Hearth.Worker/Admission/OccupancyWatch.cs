using Hearth.Containers;
using Hearth.Records;
using Hearth.Records.Events;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker.Admission;

/// <summary>Tells the queue which containers run, also those that the command line starts.</summary>
internal sealed partial class OccupancyWatch(ContainerStore store, EventJournal journal, AdmissionQueue admission, ILogger log)
{
    private static readonly TimeSpan retry = TimeSpan.FromSeconds(5);

    /// <summary>Follows the events until it is cancelled.</summary>
    public async Task FollowAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                EventQuery query = new() { Follow = true, Since = clock.GetUtcNow() };
                foreach (Container container in store.List().Where(container => container.State.IsHeld))
                {
                    admission.Hold(container.Id, container.Description.Shape);
                }

                await foreach (ContainerEvent happened in journal.ReadAsync(query, cancellationToken))
                {
                    Note(happened);
                }
            }
            catch (HearthException exception)
            {
                LogUnreadable(exception.Message);
                await Task.Delay(retry, clock, cancellationToken);
            }
        }
    }

    private void Note(ContainerEvent happened)
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

    [LoggerMessage(LogLevel.Warning, "the events of containers cannot be read, the next attempt follows in 5 s: {Reason}")]
    private partial void LogUnreadable(string reason);
}
