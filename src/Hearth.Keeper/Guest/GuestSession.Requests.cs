using System.Collections.Concurrent;
using Hearth.Containers;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Keeper.Guest;

/// <content>Requests that the guest answers, and the queries of a running container.</content>
internal sealed partial class GuestSession
{
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<GuestAnswer>> requests = [];
    private uint lastRequestId;

    public Task<GuestStatistics> QueryStatisticsAsync(CancellationToken cancellationToken) =>
        AskAsync<GuestStatistics>(new QueryStatistics(), "read the container's statistics", cancellationToken);

    public Task<ProcessList> ListProcessesAsync(CancellationToken cancellationToken) =>
        AskAsync<ProcessList>(new ListProcesses(), "list the container's processes", cancellationToken);

    /// <summary>Changes the limits inside the guest; the machine's size stays unchanged.</summary>
    /// <exception cref="HearthException">The guest refuses a limit; then none is changed.</exception>
    public Task UpdateLimitsAsync(ContainerLimits limits, CancellationToken cancellationToken) =>
        AskAsync<RequestDone>(new UpdateLimits(limits), "change the container's limits", cancellationToken);

    /// <summary>Configures the guest's network interfaces.</summary>
    /// <exception cref="HearthException">An interface is missing, or the guest's kernel refuses a step.</exception>
    public Task ConfigureInterfacesAsync(IReadOnlyList<GuestInterface> interfaces, CancellationToken cancellationToken) =>
        AskAsync<RequestDone>(new ConfigureInterfaces(interfaces), "configure the container's network", cancellationToken);

    /// <summary>Sets the guest's wall clock, which did not advance while the machine was paused.</summary>
    public Task SetClockAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        AskAsync<RequestDone>(new SetClock(GuestRequests.UnixTimeNanoseconds(now)), "set the guest's clock", cancellationToken);

    /// <summary>Connects to a TCP server on the guest's 127.0.0.1.</summary>
    /// <returns>The connection, which the caller owns; null if nobody listens.</returns>
    /// <exception cref="HearthException">The guest does not answer, or the channel ended.</exception>
    public Task<GuestDataStream?> ConnectLoopbackAsync(int port, CancellationToken cancellationToken) =>
        ConnectLoopbackAsync(stream => new ConnectLoopback(port, stream), port, cancellationToken);

    /// <summary>Connects to a UDP server on the guest's 127.0.0.1 only.</summary>
    /// <returns>A stream of <see cref="DatagramFrame"/>, which the caller owns; null if nobody listens there, or also at other addresses.</returns>
    /// <exception cref="HearthException">The guest does not answer, or the channel ended.</exception>
    public Task<GuestDataStream?> ConnectLoopbackDatagramsAsync(int port, CancellationToken cancellationToken) =>
        ConnectLoopbackAsync(stream => new ConnectLoopbackDatagrams(port, stream), port, cancellationToken);

    private async Task<GuestDataStream?> ConnectLoopbackAsync(Func<uint, GuestRequest> request, int port, CancellationToken cancellationToken)
    {
        GuestDataStream stream = OpenStream(StreamDirection.Both);
        try
        {
            await AskAsync<RequestDone>(request(stream.Id), $"connect to port {port} of the guest's loopback interface", cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch (HearthException failure) when (failure.Error == HearthError.GuestPathUnknown)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            return null;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <param name="request">The request; this method sets its number.</param>
    /// <param name="act">What the request does, as the rest of "cannot" in an error message.</param>
    /// <param name="cancellationToken">Stops the wait; the guest may still carry out the request.</param>
    /// <exception cref="HearthException">The guest refused the request or does not answer any more, or the channel ended.</exception>
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

    /// <summary>Sends a request and waits for an answer of any type, without a time limit.</summary>
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
            _ = source.Task.Exception; // A caller that stopped waiting does not need the failure.
        }
    }

    private static HearthError ErrorOf(RequestFailure reason) => reason switch
    {
        RequestFailure.NotFound => HearthError.GuestPathUnknown,
        RequestFailure.Refused => HearthError.InvalidRequest,
        _ => HearthError.GuestFailed,
    };

    /// <summary>Passes an answer to its request; drops it if no caller waits any more.</summary>
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
