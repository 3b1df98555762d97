using System.Collections.Concurrent;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Records.Events;

namespace Hearth.Worker;

/// <summary>
/// Notices keepers that were killed, also those that this daemon did not start. Such a keeper has recorded nothing, so this records the end
/// of its container at once: who follows its events gets <c>die</c>, and its policy starts it again.
/// </summary>
internal sealed class KilledKeepers(ContainerService service) : IDisposable
{
    private readonly ProcessEnds ends = new();
    private readonly ConcurrentDictionary<ProcessIdentity, string> watched = new();
    private readonly Lock settling = new();

    /// <summary>Watches those that run already; the events that happen meanwhile come after it.</summary>
    public void Begin()
    {
        foreach (Container container in service.Store.List().Where(container => container.State.IsHeld))
        {
            Watch(container);
        }
    }

    /// <summary>Watches the keeper of a container that was started.</summary>
    public void Note(ContainerEvent happened)
    {
        if (happened is { Type: EventType.Container, Action: EventAction.Start } && service.Store.Find(happened.Actor.Id) is { } container)
        {
            Watch(container);
        }
    }

    public void Dispose() => ends.Dispose();

    private void Watch(Container container)
    {
        if (container.State.Keeper is not { } keeper || container.State.Boot != HostBoot.Current || !watched.TryAdd(keeper, container.Id))
        {
            return;
        }

        // Opened first: while the descriptor exists, a process with this start time is the keeper.
        ProcessHandle? process = ProcessHandle.TryOpen(keeper.Pid);
        if (process is null || !keeper.IsAlive)
        {
            process?.Dispose();
            Settle(keeper);
            return;
        }

        ends.Watch(process, () => Settle(keeper));
    }

    /// <summary>A keeper that ended by itself has recorded the end.</summary>
    private void Settle(ProcessIdentity keeper)
    {
        if (!watched.TryRemove(keeper, out string? id))
        {
            return;
        }

        // One after another: after the first of many keepers that are killed at once, nothing is left to do.
        lock (settling)
        {
            if (service.Store.Find(id) is { State: { Keeper: not null, IsHeld: false } })
            {
                service.Reconcile();
            }
        }
    }
}
