using Hearth.Containers;
using Hearth.Control;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Processes;

namespace Hearth.Client.Attachment;

/// <summary>
/// Passes the signals that this program gets, and its terminal's sizes, to the process that it is attached to. If a terminating
/// signal cannot be delivered, it ends this program instead.
/// </summary>
internal sealed class ClientSignals : IDisposable
{
    /// <summary>A signal is delivered immediately, unless the keeper or the guest does not respond.</summary>
    private static readonly TimeSpan deliveryTimeout = TimeSpan.FromSeconds(10);

    /// <summary>As in docker: the third Ctrl-C ends this program.</summary>
    private const int MostUntaken = 3;

    private readonly Func<ControlMessage, Task> send;
    private readonly ClientAttachment attachment;
    private readonly bool isExec;
    private readonly Action<HearthException> giveUp;
    private readonly TimeProvider clock;
    private readonly SignalRelay relay;
    private volatile string? execId;
    private int untaken;

    /// <param name="send">Sends a request to the keeper. The task completes when the keeper has answered.</param>
    /// <param name="attachment">The caller's terminal and options.</param>
    /// <param name="isExec">Whether the process is an additional one. Until it runs, signals act on this program only.</param>
    /// <param name="giveUp">Receives the reason when the wait for the process ends early.</param>
    /// <param name="clock">The source of the time.</param>
    public ClientSignals(Func<ControlMessage, Task> send, ClientAttachment attachment, bool isExec, Action<HearthException> giveUp, TimeProvider clock)
    {
        this.send = send;
        this.attachment = attachment;
        this.giveUp = giveUp;
        this.clock = clock;
        this.isExec = isExec;
        relay = new SignalRelay(attachment.PassesSignals ? signal => _ = PassAsync(signal) : null, Resize);
    }

    public void Dispose() => relay.Dispose();

    /// <summary>Called when the process runs. The terminal's size may have changed since the request.</summary>
    public void Begin(StartedReply started)
    {
        execId = started.ExecId;
        Resize();
    }

    private async Task PassAsync(int signal)
    {
        bool isFinal = signal is SignalNumber.HangUp or SignalNumber.Interrupt or SignalNumber.Quit or SignalNumber.Terminate;
        if (isExec && execId is null)
        {
            if (isFinal)
            {
                giveUp(new HearthException(HearthError.WrongState, $"signal {signal} arrived before the command was started") { Signal = signal });
            }

            return;
        }

        if (Interlocked.Increment(ref untaken) >= MostUntaken && isFinal)
        {
            giveUp(Untaken(signal, "earlier signals were not delivered"));
        }

        try
        {
            await send(new SignalRequest(signal, All: false, execId)).WaitAsync(deliveryTimeout, clock).ConfigureAwait(false);
            Interlocked.Exchange(ref untaken, 0);
        }
        catch (TimeoutException) when (isFinal)
        {
            giveUp(Untaken(signal, $"it was not delivered within {deliveryTimeout.TotalSeconds:0} s"));
        }
        catch (HearthException failure) when (isFinal && failure.Error is HearthError.KeeperSilent or HearthError.GuestSilent or HearthError.MachineSilent)
        {
            giveUp(new HearthException(failure.Error, failure.Message, failure) { Signal = signal });
        }
        catch (Exception exception) when (exception is TimeoutException or HearthException or IOException)
        {
            // If the process has ended, the receiving side reports that.
        }
    }

    private static HearthException Untaken(int signal, string why) =>
        new(HearthError.GuestSilent, $"cannot deliver signal {signal} to the container: {why}; the container keeps running, 'hearth stop' ends it") { Signal = signal };

    private void Resize()
    {
        if (attachment.Size is { } size)
        {
            _ = TryResizeAsync(size);
        }
    }

    /// <summary>Sends a size. A failure is ignored, since it is no reason to end.</summary>
    private async Task TryResizeAsync(WindowSize size)
    {
        try
        {
            await send(new ResizeRequest(size, execId)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HearthException or IOException)
        {
            // The size is not important, and the receiving side reports the end of the process.
        }
    }
}
