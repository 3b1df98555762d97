using Hearth.Containers;
using Hearth.Control;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Processes;

namespace Hearth.Client.Attachment;

/// <summary>
/// Hands the signals that this program gets, and its terminal's sizes, to the process that it is attached to. Where a signal that
/// is to end this program is not taken, it ends this program.
/// </summary>
internal sealed class ClientSignals : IDisposable
{
    /// <summary>A signal is on its way at once, unless nobody is there to take it.</summary>
    private static readonly TimeSpan deliveryTimeout = TimeSpan.FromSeconds(10);

    /// <summary>As with docker: whoever presses Ctrl-C for the third time wants to be rid of it.</summary>
    private const int MostUntaken = 3;

    private readonly Func<ControlMessage, Task> send;
    private readonly ClientAttachment attachment;
    private readonly bool isExec;
    private readonly Action<HearthException> giveUp;
    private readonly TimeProvider clock;
    private readonly SignalRelay relay;
    private volatile string? execId;
    private int untaken;

    /// <param name="send">Sends a request to the keeper; done when that has answered.</param>
    /// <param name="attachment">Whose terminal it is.</param>
    /// <param name="isExec">Whether the process is one beside the container's own: before it runs, its signals are for this program alone.</param>
    /// <param name="giveUp">Told why the waiting for the process is over.</param>
    /// <param name="clock">Where the time comes from.</param>
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

    /// <summary>The process runs; its terminal may have become another size meanwhile.</summary>
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
                giveUp(new HearthException(HearthError.WrongState, $"signal {signal} came before the command was started") { Signal = signal });
            }

            return;
        }

        if (Interlocked.Increment(ref untaken) >= MostUntaken && isFinal)
        {
            giveUp(Untaken(signal, "nobody takes it"));
        }

        try
        {
            await send(new SignalRequest(signal, All: false, execId)).WaitAsync(deliveryTimeout, clock).ConfigureAwait(false);
            Interlocked.Exchange(ref untaken, 0);
        }
        catch (TimeoutException) when (isFinal)
        {
            giveUp(Untaken(signal, $"nobody has taken it for {deliveryTimeout.TotalSeconds:0} s"));
        }
        catch (HearthException failure) when (isFinal && failure.Error is HearthError.KeeperSilent or HearthError.GuestSilent or HearthError.MachineSilent)
        {
            giveUp(new HearthException(failure.Error, failure.Message, failure) { Signal = signal });
        }
        catch (Exception exception) when (exception is TimeoutException or HearthException or IOException)
        {
            // Where the process is gone, its end, which is waited for, tells.
        }
    }

    private static HearthException Untaken(int signal, string why) =>
        new(HearthError.GuestSilent, $"cannot hand signal {signal} to the container: {why}; the container is left as it is, 'hearth stop' ends it") { Signal = signal };

    private void Resize()
    {
        if (attachment.Size is { } size)
        {
            _ = TryResizeAsync(size);
        }
    }

    /// <summary>A size that cannot be told is nothing to end for.</summary>
    private async Task TryResizeAsync(WindowSize size)
    {
        try
        {
            await send(new ResizeRequest(size, execId)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HearthException or IOException)
        {
            // See above.
        }
    }
}
