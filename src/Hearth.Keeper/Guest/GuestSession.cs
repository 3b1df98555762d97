using System.Collections.Concurrent;
using Hearth.Containers;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Keeper.Guest;

/// <summary>
/// The host's side of the channel to a guest's init. It sends requests and passes each answer to the caller that waits for it.
/// One loop receives; when the channel ends, all waiting callers get an error.
/// </summary>
internal sealed partial class GuestSession : IAsyncDisposable
{
    private readonly GuestChannel channel;
    private readonly TaskCompletionSource<GuestHello> hello = NewSource<GuestHello>();
    private readonly TaskCompletionSource<GuestConfigured> configured = NewSource<GuestConfigured>();
    private readonly ConcurrentDictionary<string, GuestProcess> processes = new(StringComparer.Ordinal);
    private readonly Task receiving;

    /// <param name="channel">The channel; the session takes ownership.</param>
    /// <param name="deadline">How long the guest may be silent.</param>
    public GuestSession(GuestChannel channel, GuestDeadline deadline)
    {
        this.channel = channel;
        this.deadline = deadline;
        receiving = ReceiveAsync();
    }

    /// <summary>The guest's first message.</summary>
    public Task<GuestHello> Hello => hello.Task;

    /// <summary>
    /// Raised for events that the guest reports unrequested. The receiving loop calls the handlers, so they must return
    /// immediately. To receive every event, subscribe before the first process starts.
    /// </summary>
    public event Action<GuestEvent>? EventReceived;

    /// <summary>Completes, without an exception, when the channel has ended for any reason.</summary>
    public Task Ended => receiving;

    /// <summary>A data stream in both directions, for a share.</summary>
    public long BacklogInBytes => channel.BacklogInBytes;

    public GuestDataStream OpenStream() => channel.OpenStream(StreamDirection.Both);

    /// <exception cref="HearthException">The guest could not set up the container, or the channel ended.</exception>
    public async Task<GuestConfigured> ConfigureAsync(ConfigureGuest configuration, CancellationToken cancellationToken)
    {
        await SendAsync(configuration, cancellationToken).ConfigureAwait(false);
        return await configured.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Requests a process; its <see cref="GuestProcess.Started"/> reports the result.</summary>
    /// <param name="request">The request; this method sets its stream numbers. Its id can be reused when the process has ended.</param>
    /// <param name="takesInput">False for /dev/null as standard input.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<GuestProcess> StartAsync(StartProcess request, bool takesInput, CancellationToken cancellationToken)
    {
        GuestDataStream? input = takesInput ? OpenStream(StreamDirection.HostToGuest) : null;
        GuestDataStream output = OpenStream(StreamDirection.GuestToHost);
        GuestDataStream? error = request.Terminal ? null : OpenStream(StreamDirection.GuestToHost);
        return StartAsync(request, input, output, error, cancellationToken);
    }

    /// <summary>Requests a process whose standard input, output and error are /dev/null.</summary>
    public Task<GuestProcess> StartDetachedAsync(StartProcess request, CancellationToken cancellationToken) =>
        StartAsync(request, null, null, null, cancellationToken);

    /// <exception cref="HearthException">The channel ended.</exception>
    public async Task SendAsync(GuestMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await channel.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (GuestProtocolException exception)
        {
            throw new HearthException(HearthError.MachineFailed, $"cannot send a request to the guest: {exception.Message}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync().ConfigureAwait(false);
        await receiving.ConfigureAwait(false);
    }

    private async Task<GuestProcess> StartAsync(
        StartProcess request, GuestDataStream? input, GuestDataStream? output, GuestDataStream? error, CancellationToken cancellationToken)
    {
        var process = new GuestProcess(this, request.ProcessId, input, output, error);
        if (!processes.TryAdd(request.ProcessId, process))
        {
            throw new ArgumentException($"a process with the id '{request.ProcessId}' is already running");
        }

        try
        {
            await SendAsync(
                request with
                {
                    StandardInputStream = input?.Id ?? 0,
                    StandardOutputStream = output?.Id ?? 0,
                    StandardErrorStream = error?.Id ?? 0,
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            processes.TryRemove(request.ProcessId, out _);
            throw;
        }

        if (receiving.IsCompleted)
        {
            process.Fail(new HearthException(HearthError.MachineFailed, "the guest's channel ended"));
        }

        return process;
    }

    private GuestDataStream OpenStream(StreamDirection direction)
    {
        try
        {
            return channel.OpenStream(direction);
        }
        catch (GuestProtocolException exception)
        {
            throw new HearthException(HearthError.MachineFailed, $"cannot open a stream to the guest: {exception.Message}", exception);
        }
    }

    private async Task ReceiveAsync()
    {
        HearthException end;
        try
        {
            while (await channel.ReceiveAsync().ConfigureAwait(false) is GuestMessage message)
            {
                Dispatch(message);
            }

            end = new HearthException(HearthError.MachineFailed, "the guest closed its channel");
        }
        catch (GuestProtocolException exception)
        {
            end = new HearthException(HearthError.MachineFailed, $"the guest's channel failed: {exception.Message}", exception);
        }

        FailAll(end);
    }

    private void Dispatch(GuestMessage message)
    {
        switch (message)
        {
            case GuestHello said when said.ProtocolVersion != GuestProtocol.Version:
                FailAll(new HearthException(HearthError.GuestFailed,
                    $"the guest's init speaks version {said.ProtocolVersion} of the guest protocol, this program version {GuestProtocol.Version}: " +
                    "hearth and hearth-init come from different builds"));
                break;
            case GuestHello said:
                hello.TrySetResult(said);
                break;
            case GuestConfigured done:
                configured.TrySetResult(done);
                break;
            case ProcessHeld held:
                Find(held.ProcessId)?.Handle(held);
                break;
            case ProcessStarted started:
                Find(started.ProcessId)?.Handle(started);
                break;
            case ProcessFailed failed:
                Forget(failed.ProcessId)?.Handle(failed);
                break;
            case ProcessExited exited:
                Forget(exited.ProcessId)?.Handle(exited);
                break;
            case GuestEvent told:
                EventReceived?.Invoke(told);
                break;
            case GuestAnswer answer:
                Settle(answer);
                break;
            case GuestFailed failed:
                FailAll(new HearthException(HearthError.GuestFailed, $"the guest failed: {failed.Message}"));
                break;
            default:
                FailAll(new HearthException(HearthError.GuestFailed, $"the guest sent a {message.GetType().Name}, which only a host sends"));
                break;
        }
    }

    private GuestProcess? Find(string id) => processes.GetValueOrDefault(id);

    private GuestProcess? Forget(string id) => processes.TryRemove(id, out GuestProcess? process) ? process : null;

    private void FailAll(HearthException failure)
    {
        hello.TrySetException(failure);
        configured.TrySetException(failure);
        foreach (GuestProcess process in processes.Values)
        {
            process.Fail(failure);
        }

        FailRequests(failure);

        // A failure that no caller waits for is not lost: the run that waits for the machine reports its end.
        _ = hello.Task.Exception;
        _ = configured.Task.Exception;
    }

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
