using Hearth.Containers;
using Hearth.Records.Events;
using Hearth.Records.Rotation;

namespace Hearth.Worker.Docker.Containers;

/// <summary>Starts that others have begun.</summary>
internal static class ContainerStarts
{
    /// <summary>
    /// Waits, as docker does, for a start that another client, another program or a daemon that was killed has begun: its keeper goes on.
    /// Returns at once if there is none.
    /// </summary>
    public static async Task AwaitAsync(Engine engine, string id, CancellationToken cancellationToken)
    {
        // What happens from here on is in the journal, also if it happens before the state is read.
        EventFilter filter = EventFilter.Parse([$"container={id}", $"event={EventAction.Start}"]);
        using JournalReading<ContainerEvent> journal = engine.OpenJournal().Open(new EventQuery { OnlyNew = true, Follow = true, Filter = filter });
        if (!IsUnderWay(engine.Containers.Read(id)))
        {
            return;
        }

        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, engine.Ending);
        Task first = await Task.WhenAny(ReadFirstAsync(journal, over.Token), engine.Containers.WaitAsync(id, over.Token));
        await over.CancelAsync();
        await first.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>An engine's container is held from its creation on, until the engine starts it.</summary>
    private static bool IsUnderWay(Container container) => container is { Description.Engine: null, State: { Status: ContainerStatus.Created, IsHeld: true } };

    private static async Task ReadFirstAsync(JournalReading<ContainerEvent> journal, CancellationToken cancellationToken)
    {
        await foreach (ContainerEvent _ in journal.ReadAsync(cancellationToken))
        {
            return;
        }
    }
}
