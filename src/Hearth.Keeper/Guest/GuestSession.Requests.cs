using System.Collections.Concurrent;
using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Keeper.Guest;

/// <content>Requests that are answered, and what there is to ask of a running container.</content>
internal sealed partial class GuestSession
{
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<GuestAnswer>> requests = [];
    private uint lastRequestId;

    public Task<GuestStatistics> QueryStatisticsAsync(CancellationToken cancellationToken) =>
        AskAsync<GuestStatistics>(new QueryStatistics(), "read the container's statistics", cancellationToken);

    public Task<ProcessList> ListProcessesAsync(CancellationToken cancellationToken) =>
        AskAsync<ProcessList>(new ListProcesses(), "list the container's processes", cancellationToken);

    /// <summary>Changes the limits inside the guest; what the machine has stays as it is.</summary>
    /// <exception cref="HearthException">One of them is refused, and then none is changed.</exception>
    public Task UpdateLimitsAsync(ContainerLimits limits, CancellationToken cancellationToken) =>
        AskAsync<RequestDone>(new UpdateLimits(limits), "change the container's limits", cancellationToken);

    /// <summary>Sets the guest's wall clock, which stood still while the machine was paused.</summary>
    public Task SetClockAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        AskAsync<RequestDone>(new SetClock(GuestRequests.UnixTimeNanoseconds(now)), "set the guest's clock", cancellationToken);

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <param name="request">Its number is filled in here.</param>
    /// <param name="act">What it does, for the message of a failure: "cannot …".</param>
    /// <param name="cancellationToken">Gives up the waiting; the guest may still do it.</param>
    /// <exception cref="HearthException">The guest refused it or answers no more, or the channel ended.</exception>
    public async Task<T> AskAsync<T>(GuestRequest request, string act, CancellationToken cancellationToken)
        where T : GuestAnswer
    {
        using CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            return await WhileAnsweringAsync(RequestAsync(request, act, giveUp.Token), act, cancellationToken).ConfigureAwait(false) switch
            {
                T answer => answer,
                RequestFailed failed => throw new HearthException(ErrorOf(failed.Reason), $"cannot {act}: {failed.Message}"),
                GuestAnswer other => throw new HearthException(HearthError.GuestFailed, $"cannot {act}: the guest answered with a {other.GetType().Name}"),
            };
        }
        finally
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The same without a limit, and with whatever answer comes.</summary>
    private async Task<GuestAnswer> RequestAsync(GuestRequest request, string act, CancellationToken cancellationToken)
    {
        uint id = Interlocked.Increment(ref lastRequestId);
        TaskCompletionSource<GuestAnswer> source = NewSource<GuestAnswer>();
        requests[id] = source;
        try
        {
            await SendAsync(request with { RequestId = id }, cancellationToken).ConfigureAwait(false);
            if (receiving.IsCompleted)
            {
                throw new HearthException(HearthError.MachineFailed, $"cannot {act}: the guest's channel ended");
            }

            return await source.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            requests.TryRemove(id, out _);
            _ = source.Task.Exception; // Whoever gave up has no use for it.
        }
    }

    private static HearthError ErrorOf(RequestFailure reason) => reason switch
    {
        RequestFailure.NotFound => HearthError.GuestPathUnknown,
        RequestFailure.Refused => HearthError.InvalidRequest,
        _ => HearthError.GuestFailed,
    };

    /// <summary>An answer that nobody waits for any more is dropped.</summary>
    private void Settle(GuestAnswer answer)
    {
        if (requests.TryGetValue(answer.RequestId, out TaskCompletionSource<GuestAnswer>? source))
        {
            source.TrySetResult(answer);
        }
    }

    private void FailRequests(HearthException failure)
    {
        foreach (TaskCompletionSource<GuestAnswer> source in requests.Values)
        {
            source.TrySetException(failure);
            _ = source.Task.Exception;
        }
    }
}
