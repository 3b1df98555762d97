using System.Collections.Concurrent;
using Hearth.Admission;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Records.Events;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker.Docker.Restarts;

/// <summary>
/// Starts containers again as their policies say, while this daemon runs and when it begins. The pause before a start doubles with
/// each, as docker's does, unless the container ran for some time.
/// </summary>
/// <param name="service">The containers.</param>
/// <param name="start">Starts one, when this worker takes it.</param>
/// <param name="clock">Measures pauses.</param>
/// <param name="log">Gets why a container is not started.</param>
internal sealed class RestartWatch(ContainerService service, Func<Container, CancellationToken, Task> start, TimeProvider clock, ILogger log)
{
    private readonly ConcurrentDictionary<string, RestartWait> known = new();

    public RestartState StateOf(Container container)
    {
        ContainerState state = container.State;
        RestartWait? wait = known.GetValueOrDefault(container.Id);
        int count = wait?.CountAfter(state) ?? 0;
        if (container.Description.Restart is not { } policy || (state.Status is ContainerStatus.Running or ContainerStatus.Paused && state.IsHeld))
        {
            return new RestartState(count, IsWaiting: false);
        }

        // Between its end and the pause, its end has not been noted yet.
        bool isToStart = state.Status == ContainerStatus.Exited && wait?.HasGivenUp != true && policy.Wants(state, count);
        return new RestartState(count, isToStart || wait?.IsWaiting == true);
    }

    /// <summary>A client starts a container: ends its pause before the next start, waits for a start that is under way, and counts anew.</summary>
    public async Task ForgetAsync(string id, CancellationToken cancellationToken)
    {
        if (known.TryRemove(id, out RestartWait? wait) && wait.Cancel() is { } ending)
        {
            await ending.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// A client stops or removes a container: ends its pause before the next start. A start that is under way has no keeper yet to which a
    /// stop could be sent, so this waits until there is one, or the start has failed.
    /// </summary>
    /// <returns>Whether it waited for its next start, or has just ended and was about to.</returns>
    public async Task<bool> CancelAsync(Container container, CancellationToken cancellationToken)
    {
        bool wasToStart = StateOf(container).IsWaiting;
        if (known.TryGetValue(container.Id, out RestartWait? wait) && wait.Cancel() is { } ending)
        {
            await ending.WaitAsync(cancellationToken);
            return true;
        }

        return wasToStart;
    }

    /// <summary>Starts those again that have ended while no daemon ran.</summary>
    public void Begin(CancellationToken cancellationToken)
    {
        foreach (Container container in service.Store.List().Where(container => container.State is { IsHeld: false, Starts: > 0 } && container.Description.Restart?.WantsWithDaemon(container.State) == true))
        {
            _ = StartAgainAsync(container.Id, isWithDaemon: true, cancellationToken);
        }
    }

    /// <summary>Starts a container again that has ended, and forgets one that is gone.</summary>
    public void Note(ContainerEvent happened, CancellationToken cancellationToken)
    {
        switch (happened)
        {
            case { Type: EventType.Container, Action: EventAction.Destroy } when known.TryRemove(happened.Actor.Id, out RestartWait? wait):
                wait.Cancel();
                break;
            case { Type: EventType.Container, Action: EventAction.Update }:
                NoteUpdate(happened.Actor.Id);
                break;
            case { Type: EventType.Container, Action: EventAction.Die }:
                _ = StartAgainAsync(happened.Actor.Id, isWithDaemon: false, cancellationToken);
                break;
        }
    }

    /// <summary>As with docker, a policy that a container gets after its end is for its next one.</summary>
    public void NoteUpdate(string id)
    {
        if (service.Store.TryRead(id) is { } container && OccupancyWatch.HasEnded(container) && known.GetOrAdd(id, _ => new RestartWait()) is { IsWaiting: false } wait)
        {
            wait.HasGivenUp = true;
        }
    }

    /// <summary>Starts a container that has ended, after a pause, until a start succeeds or the policy forbids the next.</summary>
    private async Task StartAgainAsync(string id, bool isWithDaemon, CancellationToken cancellationToken)
    {
        try
        {
            while (await IsWantedAsync(id, isWithDaemon, cancellationToken) && !await TryStartAsync(id, cancellationToken))
            {
                // A start that failed is one of the retries.
                isWithDaemon = false;
            }
        }
        catch (HearthException failure) when (failure.Error == HearthError.ContainerUnknown)
        {
            known.TryRemove(id, out _);
        }
        catch (OperationCanceledException)
        {
            // The daemon ends, or a client has stopped or started the container.
        }
        catch (HearthException failure)
        {
            known.GetOrAdd(id, _ => new RestartWait()).HasGivenUp = true;
            log.NotRestarted(id, failure.Message);
        }
    }

    private async Task<bool> IsWantedAsync(string id, bool isWithDaemon, CancellationToken cancellationToken)
    {
        if (service.Store.TryRead(id) is not { Description.Restart: { } policy } ended || !OccupancyWatch.HasEnded(ended))
        {
            return false;
        }

        // The event comes before the keeper has released everything.
        await service.WaitAsync(id, cancellationToken);
        Container container = service.Read(id);
        return OccupancyWatch.HasEnded(container) && (isWithDaemon ? policy.WantsWithDaemon(container.State) : policy.Wants(container.State, StateOf(container).Count));
    }

    /// <returns>False if the start failed, and the next is to follow.</returns>
    private async Task<bool> TryStartAsync(string id, CancellationToken cancellationToken)
    {
        RestartWait wait = known.GetOrAdd(id, _ => new RestartWait());
        ContainerState state = service.Read(id).State;
        using CancellationTokenSource? pause = wait.TryBegin(state, cancellationToken);
        if (pause is null)
        {
            return true;
        }

        try
        {
            await Task.Delay(wait.Pause, clock, pause.Token);
            if (service.Read(id).State is { StoppedByUser: true } stopped && stopped.FinishedAt == state.FinishedAt && !state.StoppedByUser)
            {
                return true;
            }

            await start(service.Read(id), pause.Token);
            return true;
        }
        catch (AdmissionException refused)
        {
            // The container was not tried.
            wait.Uncount();
            log.NotRestarted(id, refused.Message);
            return pause.IsCancellationRequested;
        }
        catch (HearthException failure) when (failure.Error is not (HearthError.ContainerUnknown or HearthError.WrongState))
        {
            log.NotRestarted(id, failure.Message);
            return pause.IsCancellationRequested;
        }
        finally
        {
            wait.End();
        }
    }
}

internal static partial class RestartLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "container {Id} was not started again: {Why}")]
    public static partial void NotRestarted(this ILogger log, string id, string why);
}
