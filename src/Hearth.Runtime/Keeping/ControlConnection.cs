using System.Net.Sockets;
using System.Text.Json;

namespace Hearth.Runtime.Keeping;

/// <summary>
/// One connection of a control socket, at either end. Frames are received by one caller at a time; any number of threads send,
/// each frame whole. Disposing it ends what is under way on both sides.
/// </summary>
internal sealed class ControlConnection(Socket socket) : IDisposable
{
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly byte[] head = new byte[ControlFrame.SizeInBytes];
    private byte[] payload = [];

    public void Dispose() => socket.Dispose();

    /// <summary>Waits for the next frame.</summary>
    /// <returns>Null where the other side closed the connection or is gone. The payload is valid until the next call.</returns>
    /// <exception cref="RuntimeException">What came is no frame.</exception>
    public async ValueTask<(ControlFrameKind Kind, ReadOnlyMemory<byte> Payload)?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (!await TryFillAsync(head, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        ControlFrame frame = ControlFrame.Read(head);
        if (payload.Length < frame.Length)
        {
            payload = new byte[frame.Length];
        }

        Memory<byte> body = payload.AsMemory(0, frame.Length);
        return await TryFillAsync(body, cancellationToken).ConfigureAwait(false) ? (frame.Kind, body) : null;
    }

    /// <summary>Waits for a message where no data can come.</summary>
    /// <returns>Null where the other side is gone.</returns>
    /// <exception cref="RuntimeException">Something else came.</exception>
    public async ValueTask<ControlMessage?> ReceiveMessageAsync(CancellationToken cancellationToken = default) =>
        await ReceiveAsync(cancellationToken).ConfigureAwait(false) is not { } frame ? null
        : frame.Kind == ControlFrameKind.Message ? Parse(frame.Payload.Span)
        : throw new RuntimeException(RuntimeError.KeeperFailed, $"the other side of the control socket sent {frame.Kind} where a message was due");

    /// <exception cref="RuntimeException">It is no message.</exception>
    public static ControlMessage Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return ControlJson.Deserialize(json);
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new RuntimeException(RuntimeError.KeeperFailed, $"the other side of the control socket sent what is no message: {exception.Message}", exception);
        }
    }

    /// <exception cref="IOException">The other side is gone.</exception>
    public async Task SendAsync(ControlMessage message, CancellationToken cancellationToken = default) =>
        await SendAsync(ControlFrameKind.Message, ControlJson.Serialize(message), cancellationToken).ConfigureAwait(false);

    /// <summary>Sends a frame; waits while the other side does not read.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    public async Task SendAsync(ControlFrameKind kind, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        byte[] frame = new byte[ControlFrame.SizeInBytes + content.Length];
        new ControlFrame(kind, content.Length).Write(frame);
        content.CopyTo(frame.AsMemory(ControlFrame.SizeInBytes));
        await sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await SendAllAsync(frame, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw new IOException("the other side of the control socket is gone", exception);
        }
        finally
        {
            sending.Release();
        }
    }

    private async Task SendAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
        }
    }

    private async ValueTask<bool> TryFillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                int count = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    return false;
                }

                buffer = buffer[count..];
            }

            return true;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
