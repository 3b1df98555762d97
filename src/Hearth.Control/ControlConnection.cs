using System.Net.Sockets;
using System.Text.Json;
using Hearth.Containers;

namespace Hearth.Control;

/// <summary>
/// One connection of a control socket, at either end. Frames are received by one caller at a time; any number of threads send,
/// each frame whole. Disposing it ends what is under way on both sides. Who has a thread to wait with uses the calls that block,
/// and no others before them: a command that lives for milliseconds need not start what the others wait with.
/// </summary>
public sealed class ControlConnection(Socket socket) : IDisposable
{
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly byte[] head = new byte[ControlFrame.SizeInBytes];
    private byte[] payload = [];
    private Action? whenQuiet;

    public void Dispose() => socket.Dispose();

    /// <summary>Ends the connection for a thread that waits in <see cref="Receive"/>: to it, the other side is gone.</summary>
    public void Abort()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }

    /// <summary>Has <see cref="Receive"/> call something each time that nothing came for a while; it goes on waiting unless that throws.</summary>
    /// <param name="act">Null to wait for ever.</param>
    /// <param name="quiet">How long that is.</param>
    public void WhenQuiet(Action? act, TimeSpan quiet)
    {
        whenQuiet = act;
        socket.ReceiveTimeout = act is null ? 0 : (int)quiet.TotalMilliseconds;
    }

    /// <summary>Waits for the next frame.</summary>
    /// <returns>Null where the other side closed the connection or is gone. The payload is valid until the next call.</returns>
    /// <exception cref="HearthException">What came is no frame.</exception>
    public async ValueTask<(ControlFrameKind Kind, ReadOnlyMemory<byte> Payload)?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (!await TryFillAsync(head, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        Memory<byte> body = RoomFor(ControlFrame.Read(head), out ControlFrameKind kind);
        return await TryFillAsync(body, cancellationToken).ConfigureAwait(false) ? (kind, body) : null;
    }

    /// <summary>The same by the calling thread.</summary>
    public (ControlFrameKind Kind, ReadOnlyMemory<byte> Payload)? Receive()
    {
        if (!TryFill(head))
        {
            return null;
        }

        Memory<byte> body = RoomFor(ControlFrame.Read(head), out ControlFrameKind kind);
        return TryFill(body.Span) ? (kind, body) : null;
    }

    /// <summary>Waits for a message where no data can come.</summary>
    /// <returns>Null where the other side is gone.</returns>
    /// <exception cref="HearthException">Something else came.</exception>
    public async ValueTask<ControlMessage?> ReceiveMessageAsync(CancellationToken cancellationToken = default) =>
        await ReceiveAsync(cancellationToken).ConfigureAwait(false) is not { } frame ? null
        : frame.Kind == ControlFrameKind.Message ? Parse(frame.Payload)
        : throw new HearthException(HearthError.KeeperFailed, $"the other side of the control socket sent {frame.Kind} where a message was due");

    /// <exception cref="HearthException">It is no message.</exception>
    public static ControlMessage Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return ControlJson.Deserialize(json);
        }
        catch (JsonException exception)
        {
            throw new HearthException(HearthError.KeeperFailed, $"the other side of the control socket sent what is no message: {exception.Message}", exception);
        }
    }

    /// <exception cref="IOException">The other side is gone.</exception>
    public async Task SendAsync(ControlMessage message, CancellationToken cancellationToken = default) =>
        await SendAsync(ControlFrameKind.Message, ControlJson.Serialize(message), cancellationToken).ConfigureAwait(false);

    /// <summary>Sends a frame; waits while the other side does not read.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    public async Task SendAsync(ControlFrameKind kind, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        byte[] frame = Compose(kind, content.Span);
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

    /// <summary>Sends a message by the calling thread.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    public void Send(ControlMessage message) => Send(ControlFrameKind.Message, ControlJson.Serialize(message));

    /// <summary>Sends a frame by the calling thread; waits while the other side does not read.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    public void Send(ControlFrameKind kind, ReadOnlySpan<byte> content)
    {
        byte[] frame = Compose(kind, content);
        sending.Wait();
        try
        {
            for (int sent = 0; sent < frame.Length;)
            {
                sent += socket.Send(frame.AsSpan(sent));
            }
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

    private static byte[] Compose(ControlFrameKind kind, ReadOnlySpan<byte> content)
    {
        byte[] frame = new byte[ControlFrame.SizeInBytes + content.Length];
        new ControlFrame(kind, content.Length).Write(frame);
        content.CopyTo(frame.AsSpan(ControlFrame.SizeInBytes));
        return frame;
    }

    private Memory<byte> RoomFor(ControlFrame frame, out ControlFrameKind kind)
    {
        if (payload.Length < frame.Length)
        {
            payload = new byte[frame.Length];
        }

        kind = frame.Kind;
        return payload.AsMemory(0, frame.Length);
    }

    private bool TryFill(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            try
            {
                int count = socket.Receive(buffer);
                if (count == 0)
                {
                    return false;
                }

                buffer = buffer[count..];
            }
            catch (SocketException quiet) when (quiet.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                whenQuiet?.Invoke();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }

        return true;
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
