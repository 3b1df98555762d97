using Hearth.Runtime.Attachment;
using Hearth.Runtime.Keeping;

namespace Hearth.Runtime.Containers;

/// <summary>Hands the signals that this program gets, and its terminal's sizes, to the process that it is attached to.</summary>
internal sealed class ClientSignals : IDisposable
{
    private readonly Action<ControlMessage> send;
    private readonly ClientAttachment attachment;
    private readonly SignalRelay relay;
    private string? execId;

    /// <param name="send">Sends a request to the keeper.</param>
    /// <param name="attachment">Whose terminal it is.</param>
    public ClientSignals(Action<ControlMessage> send, ClientAttachment attachment)
    {
        this.send = send;
        this.attachment = attachment;
        relay = new SignalRelay(attachment.PassesSignals ? Signal : null, Resize);
    }

    public void Dispose() => relay.Dispose();

    /// <summary>The process runs; its terminal may have become another size meanwhile.</summary>
    public void Begin(StartedReply started)
    {
        execId = started.ExecId;
        Resize();
    }

    private void Signal(int signal) => send(new SignalRequest(signal, All: false, execId));

    private void Resize()
    {
        if (attachment.Size is { } size)
        {
            send(new ResizeRequest(size, execId));
        }
    }
}
