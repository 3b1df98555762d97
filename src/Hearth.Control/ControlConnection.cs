using System.Net.Sockets;
using System.Text.Json;
using Hearth.Containers;

namespace Hearth.Control;

/// <summary>
/// One end of a control socket's connection. One caller at a time receives frames. Any number of threads may send; frames are not
/// interleaved. Disposing ends pending calls on both sides. A caller that can block its thread uses the blocking calls, and no
/// asynchronous ones before them: a command that lives for milliseconds then does not start the runtime's socket threads.
/// </summary>
public sealed class ControlConnection(Socket socket) : IDisposable
{
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly byte[] head = new byte[ControlFrame.SizeInBytes];
    private byte[] payload = [];
    private Action? whenQuiet;

    public void Dispose() => socket.Dispose();

    /// <summary>Ends the connection. A thread that waits in <see cref="Receive"/> sees it as closed by the other side.</summary>
    public void Abort()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection has already ended.
        }
    }

    /// <summary>Makes <see cref="Receive"/> call a function after each quiet interval. It goes on unless the function throws.</summary>
    /// <param name="act">The function; null to wait without limit.</param>
    /// <param name="quiet">The length of the interval.</param>
    public void WhenQuiet(Action? act, TimeSpan quiet)
    {
        whenQuiet = act;
        socket.ReceiveTimeout = act is null ? 0 : (int)quiet.TotalMilliseconds;
    }

    /// <summary>Waits for the next frame.</summary>
    /// <returns>The frame; null if the other side closed the connection or has ended. The payload is valid until the next call.</returns>
    /// <exception cref="HearthException">The received bytes are not a frame.</exception>
    public async ValueTask<(ControlFrameKind Kind, ReadOnlyMemory<byte> Payload)?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (!await TryFillAsync(head, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        Memory<byte> body = RoomFor(ControlFrame.Read(head), out ControlFrameKind kind);
        return await TryFillAsync(body, cancellationToken).ConfigureAwait(false) ? (kind, body) : null;
    }

    /// <summary>Waits for the next frame with the calling thread.</summary>
    public (ControlFrameKind Kind, ReadOnlyMemory<byte> Payload)? Receive()
    {
        if (!TryFill(head))
        {
            return null;
        }

        Memory<byte> body = RoomFor(ControlFrame.Read(head), out ControlFrameKind kind);
        return TryFill(body.Span) ? (kind, body) : null;
    }

    /// <summary>Waits for a message, while the other side cannot send data.</summary>
    /// <returns>The message; null if the other side closed the connection or has ended.</returns>
    /// <exception cref="HearthException">The frame is not a message.</exception>
    public async ValueTask<ControlMessage?> ReceiveMessageAsync(CancellationToken cancellationToken = default) =>
        await ReceiveAsync(cancellationToken).ConfigureAwait(false) is not { } frame ? null
        : frame.Kind == ControlFrameKind.Message ? Parse(frame.Payload)
        : throw new HearthException(HearthError.KeeperFailed, $"cannot read from the control socket: the other side sent {frame.Kind} instead of a message");

    /// <exception cref="HearthException">The JSON is not a message.</exception>
    public static ControlMessage Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return ControlJson.Deserialize(json);
        }
        catch (JsonException exception)
        {
            throw new HearthException(HearthError.KeeperFailed, $"cannot read a message from the control socket: {exception.Message}", exception);
        }
    }

    /// <exception cref="IOException">The other side has closed the connection.</exception>
    public async Task SendAsync(ControlMessage message, CancellationToken cancellationToken = default) =>
        await SendAsync(ControlFrameKind.Message, ControlJson.Serialize(message), cancellationToken).ConfigureAwait(false);

    /// <summary>Sends a frame; waits while the other side does not read.</summary>
    /// <exception cref="IOException">The other side has closed the connection.</exception>
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
            throw new IOException("cannot send to the control socket: the other side has closed it", exception);
        }
        finally
        {
            sending.Release();
        }
    }

    /// <summary>Sends a message with the calling thread.</summary>
    /// <exception cref="IOException">The other side has closed the connection.</exception>
    public void Send(ControlMessage message) => Send(ControlFrameKind.Message, ControlJson.Serialize(message));

    /// <summary>Sends a frame with the calling thread; waits while the other side does not read.</summary>
    /// <exception cref="IOException">The other side has closed the connection.</exception>
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
            throw new IOException("cannot send to the control socket: the other side has closed it", exception);
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
