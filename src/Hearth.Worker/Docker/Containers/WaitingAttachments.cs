using Hearth.Client;
using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control.Attachment;
using Hearth.Records.Events;
using Hearth.Records.Rotation;

namespace Hearth.Worker.Docker.Containers;

/// <summary>
/// Clients that attached to containers that do not run yet: docker's <c>run</c> attaches before it starts. They get everything
/// from the first byte on, because the container starts attached to the first of them.
/// </summary>
internal sealed class WaitingAttachments(ContainerService service, Func<EventJournal> openJournal)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, List<Waiting>> waiting = [];

    /// <summary>Carries a client's streams from now, or from the container's start, to its end.</summary>
    /// <param name="container">The container.</param>
    /// <param name="streams">The client's.</param>
    /// <param name="detachKeys">As in <see cref="ClientAttachment.DetachKeys"/>; null for docker's.</param>
    /// <param name="cancellationToken">Detaches the client.</param>
    public async Task AttachAsync(Container container, WorkloadStreams streams, string detachKeys, CancellationToken cancellationToken)
    {
        Waiting own = new(streams, detachKeys, cancellationToken);
        using JournalReading<ContainerEvent> journal = openJournal().Open(
            new EventQuery { OnlyNew = true, Follow = true, Filter = EventFilter.Parse([$"container={container.Id}", $"event={EventAction.Start}", $"event={EventAction.Destroy}"]) });
        container = service.Read(container.Id);
        if (container.State.Status is ContainerStatus.Running or ContainerStatus.Paused)
        {
            await service.AttachAsync(container.Id, own.Attach(_ => { }), cancellationToken);
            return;
        }

        lock (gate)
        {
            (waiting.TryGetValue(container.Id, out List<Waiting>? others) ? others : waiting[container.Id] = []).Add(own);
        }

        using CancellationTokenSource watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Task<Task> first = await Task.WhenAny(own.Start.Task, AttachAfterOthersAsync(container.Id, own, journal, watching.Token));
            await (await first);
        }
        catch (HearthException)
        {
            // The request that starts the container, or waits for it, says why.
        }
        finally
        {
            await watching.CancelAsync();
            Forget(container.Id, own);
        }
    }

    /// <summary>Attaches a client when another program has started the container; not from the first byte on, then.</summary>
    private async Task<Task> AttachAfterOthersAsync(string id, Waiting own, JournalReading<ContainerEvent> journal, CancellationToken cancellationToken)
    {
        await foreach (ContainerEvent happened in journal.ReadAsync(cancellationToken))
        {
            if (Forget(id, own))
            {
                return happened.Action == EventAction.Start ? service.AttachAsync(id, own.Attach(_ => { }), own.Leaving) : Task.CompletedTask;
            }
        }

        return Task.CompletedTask;
    }

    /// <returns>False if it does not wait any more: this daemon starts its container.</returns>
    private bool Forget(string id, Waiting own)
    {
        lock (gate)
        {
            if (!waiting.TryGetValue(id, out List<Waiting>? left) || !left.Remove(own))
            {
                return false;
            }

            if (left.Count == 0)
            {
                waiting.Remove(id);
            }

            return true;
        }
    }

    /// <summary>Starts a container, attached to those who wait for it. Returns when its process runs.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="timing">When the start was requested.</param>
    /// <exception cref="HearthException">It cannot be started.</exception>
    public async Task StartAsync(string id, StartTiming timing)
    {
        List<Waiting> clients;
        lock (gate)
        {
            clients = waiting.Remove(id, out List<Waiting>? found) ? found : [];
        }

        clients.RemoveAll(client => client.Leaving.IsCancellationRequested);
        if (clients.Count == 0)
        {
            await service.StartAsync(id, _ => { }, timing);
            return;
        }

        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<RunOutcome?> run = Task.Run(() => service.StartAttachedAsync(id, clients[0].Attach(_ => started.TrySetResult()), timing, CancellationToken.None));
        clients[0].Start.TrySetResult(run);
        Task first = await Task.WhenAny(started.Task, run);
        if (first == run && !started.Task.IsCompleted)
        {
            foreach (Waiting client in clients.Skip(1))
            {
                client.Start.TrySetResult(run);
            }

            RunOutcome? outcome = await run;
            if (outcome?.Failure is { } failure)
            {
                throw failure;
            }

            return;
        }

        foreach (Waiting client in clients.Skip(1))
        {
            client.Start.TrySetResult(service.AttachAsync(id, client.Attach(_ => { }), client.Leaving));
        }
    }

    private sealed record Waiting(WorkloadStreams Streams, string DetachKeys, CancellationToken Leaving)
    {
        public TaskCompletionSource<Task> Start { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ClientAttachment Attach(Action<string?> started) => new() { Streams = Streams, DetachKeys = DetachKeys, PassesSignals = false, Started = started };
    }
}
