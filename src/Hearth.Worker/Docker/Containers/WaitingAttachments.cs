using Hearth.Client;
using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control.Attachment;

namespace Hearth.Worker.Docker.Containers;

/// <summary>
/// Clients that attached to containers that do not run yet: docker's <c>run</c> attaches before it starts. They get everything
/// from the first byte on, because the container starts attached to the first of them.
/// </summary>
internal sealed class WaitingAttachments(ContainerService service)
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
        if (container.State.Status is ContainerStatus.Running or ContainerStatus.Paused)
        {
            await service.AttachAsync(container.Id, own.Attach(_ => { }), cancellationToken);
            return;
        }

        lock (gate)
        {
            (waiting.TryGetValue(container.Id, out List<Waiting>? others) ? others : waiting[container.Id] = []).Add(own);
        }

        try
        {
            await (await own.Start.Task.WaitAsync(cancellationToken));
        }
        finally
        {
            lock (gate)
            {
                if (waiting.TryGetValue(container.Id, out List<Waiting>? left) && left.Remove(own) && left.Count == 0)
                {
                    waiting.Remove(container.Id);
                }
            }
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
