using Hearth.Guest.Protocol;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>Datagrams to the guest's 127.0.0.1, by the guest channel. One is under way at a time; what comes meanwhile is lost.</summary>
/// <param name="stream">Carries both directions; this object owns it.</param>
/// <param name="ended">Called once, at the end.</param>
internal sealed class StreamFlow(GuestDataStream stream, Action<StreamFlow> ended) : IDatagramFlow
{
    private Task sending = Task.CompletedTask;
    private int isEnded;

    /// <summary>When it last had a datagram to send.</summary>
    public long ActiveMs { get; private set; } = Environment.TickCount64;

    public ValueTask SendAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken)
    {
        ActiveMs = Environment.TickCount64;
        if (sending.IsCompleted)
        {
            sending = WriteAsync(DatagramFrame.Compose(datagram.Span), cancellationToken);
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await DatagramFrame.ReadAsync(stream, buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (GuestProtocolException)
        {
            return -1;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isEnded, 1) == 0)
        {
            stream.Reset("the client is forgotten");
            await stream.DisposeAsync().ConfigureAwait(false);
            ended(this);
        }
    }

    private async Task WriteAsync(byte[] frame, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception lost) when (lost is GuestProtocolException or ObjectDisposedException or OperationCanceledException)
        {
            // The answers' side sees the end too.
        }
    }
}
