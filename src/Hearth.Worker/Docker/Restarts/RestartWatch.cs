using System.Collections.Concurrent;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Records.Events;
using Hearth.Worker.Admission;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker.Docker.Restarts;

/// <summary>
/// Starts containers again as their policies say, while this daemon runs and when it begins. The pause before a start doubles with
/// each, as docker's does, unless the container ran for some time.
/// </summary>
internal sealed class RestartWatch(ContainerService service, Func<Container, CancellationToken, Task> start, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan longestPause = TimeSpan.FromMinutes(1);

    /// <summary>A container that ran so long has its next start soon again.</summary>
    private static readonly TimeSpan goodRun = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Waiting> known = new();

    public RestartState StateOf(string id) => known.TryGetValue(id, out Waiting? waiting) ? new RestartState(waiting.Count, waiting.IsWaiting) : default;

    /// <summary>A client starts the container: it is counted anew.</summary>
    public void Forget(string id)
    {
        if (known.TryRemove(id, out Waiting? waiting))
        {
            waiting.Cancel();
        }
    }

    /// <summary>
    /// A client stops a container: ends its pause before the next start. A start that is under way has no keeper yet that could be told to stop,
    /// so this waits until it has one or has failed.
    /// </summary>
    /// <returns>Whether it waited for its next start, or has just ended and was about to.</returns>
    public async Task<bool> CancelAsync(Container container, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(container.Id, out Waiting? waiting) && waiting.Cancel() is { } ending)
        {
            await ending.WaitAsync(cancellationToken);
            return true;
        }

        return container.State is { IsHeld: false, Status: ContainerStatus.Exited } ended && container.Description.Restart?.Wants(ended, StateOf(container.Id).Count) == true;
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
            case { Type: EventType.Container, Action: EventAction.Destroy }:
                Forget(happened.Actor.Id);
                break;
            case { Type: EventType.Container, Action: EventAction.Die }:
                _ = StartAgainAsync(happened.Actor.Id, isWithDaemon: false, cancellationToken);
                break;
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
            log.NotRestarted(id, failure.Message);
        }
    }

    private async Task<bool> IsWantedAsync(string id, bool isWithDaemon, CancellationToken cancellationToken)
    {
        if (service.Store.TryRead(id)?.Description.Restart is not { } policy)
        {
            return false;
        }

        // The event comes before the keeper has released everything.
        await service.WaitAsync(id, cancellationToken);
        ContainerState state = service.Read(id).State;
        return isWithDaemon ? policy.WantsWithDaemon(state) : policy.Wants(state, StateOf(id).Count);
    }

    /// <returns>False if the start failed.</returns>
    private async Task<bool> TryStartAsync(string id, CancellationToken cancellationToken)
    {
        Waiting waiting = known.GetOrAdd(id, _ => new Waiting());
        ContainerState state = service.Read(id).State;
        using CancellationTokenSource? pause = waiting.TryBegin(hasRunWell: state.FinishedAt - state.StartedAt >= goodRun, cancellationToken);
        if (pause is null)
        {
            return true;
        }

        try
        {
            await Task.Delay(waiting.Pause, clock, pause.Token);
            if (service.Read(id).State is { StoppedByUser: true } stopped && stopped.FinishedAt == state.FinishedAt && !state.StoppedByUser)
            {
                return true;
            }

            await start(service.Read(id), pause.Token);
            return true;
        }
        catch (Exception failure) when (failure is AdmissionException or HearthException { Error: not (HearthError.ContainerUnknown or HearthError.WrongState) })
        {
            log.NotRestarted(id, failure.Message);
            return false;
        }
        finally
        {
            waiting.End();
        }
    }

    /// <summary>One container's restarts.</summary>
    private sealed class Waiting
    {
        private readonly Lock gate = new();
        private CancellationTokenSource? pausing;
        private TaskCompletionSource over = new();

        public int Count { get; private set; }

        public TimeSpan Pause { get; private set; }

        public bool IsWaiting
        {
            get
            {
                lock (gate)
                {
                    return pausing is not null;
                }
            }
        }

        /// <returns>What ends the pause; null if another one is under way.</returns>
        public CancellationTokenSource? TryBegin(bool hasRunWell, CancellationToken cancellationToken)
        {
            lock (gate)
            {
                if (pausing is not null)
                {
                    return null;
                }

                Count++;
                Pause = hasRunWell || Pause == TimeSpan.Zero ? firstPause : Pause * 2 < longestPause ? Pause * 2 : longestPause;
                over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return pausing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            }
        }

        /// <returns>Completes when the pause and the start have ended; null if there is none.</returns>
        public Task? Cancel()
        {
            lock (gate)
            {
                pausing?.Cancel();
                return pausing is null ? null : over.Task;
            }
        }

        public void End()
        {
            lock (gate)
            {
                pausing = null;
                over.SetResult();
            }
        }
    }
}

internal static partial class RestartLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "container {Id} was not started again: {Why}")]
    public static partial void NotRestarted(this ILogger log, string id, string why);
}
