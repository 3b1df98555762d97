using System.Net.WebSockets;
using Hearth.Control;
using Hearth.Control.Attachment;

namespace Hearth.Worker.Docker.Streams;

/// <summary>A process's streams over a WebSocket. Its output comes in binary messages; what the client sends is its input.</summary>
/// <param name="socket">The connection, which stays the caller's.</param>
/// <param name="leaving">Ends the streams; cancelled when the client has closed the connection.</param>
internal sealed class SocketStreams(WebSocket socket, CancellationTokenSource leaving)
{
    private const int ReadBytes = 4 << 10;

    /// <summary>A client that does not answer a close is left so soon.</summary>
    private static readonly TimeSpan closeTimeout = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();

    /// <param name="takesInput">Whether the client's bytes are its input; otherwise they are dropped.</param>
    /// <param name="takesOutput">Whether the client wants its output.</param>
    /// <param name="takesError">Whether the client wants its standard error.</param>
    public WorkloadStreams Of(bool takesInput, bool takesOutput, bool takesError)
    {
        if (!takesInput)
        {
            _ = DropAsync();
        }

        return new WorkloadStreams
        {
            Input = takesInput ? new InputStream(this) : null,
            Output = takesOutput ? new OutputStream(this) : Stream.Null,
            Error = takesError ? new OutputStream(this) : Stream.Null,
        };
    }

    /// <summary>Sends bytes in a message.</summary>
    public void Write(byte[] bytes)
    {
        lock (gate)
        {
            socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, leaving.Token).GetAwaiter().GetResult();
        }
    }

    /// <summary>Ends the connection. Everything has been sent.</summary>
    public async Task CloseAsync()
    {
        using CancellationTokenSource deadline = new(closeTimeout);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, deadline.Token);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The client has gone.
        }
    }

    /// <summary>Notices that the client closes the connection.</summary>
    private async Task DropAsync()
    {
        byte[] buffer = new byte[ReadBytes];
        try
        {
            while ((await socket.ReceiveAsync(buffer, leaving.Token)).MessageType != WebSocketMessageType.Close)
            {
                // Nobody reads it.
            }

            await leaving.CancelAsync();
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The attachment has ended, or notices the same.
        }
    }

    private sealed class OutputStream(SocketStreams streams) : OneWayStream(canRead: false)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                streams.Write(buffer.ToArray());
            }
            catch (Exception exception) when (exception is not IOException)
            {
                throw new IOException("the client has gone", exception);
            }
        }
    }

    private sealed class InputStream(SocketStreams streams) : OneWayStream(canRead: true)
    {
        public override int Read(byte[] buffer, int offset, int count) => streams.Read(buffer.AsMemory(offset, count));
    }

    /// <returns>0 when the client has closed the connection.</returns>
    private int Read(Memory<byte> buffer)
    {
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult received = socket.ReceiveAsync(buffer, leaving.Token).AsTask().GetAwaiter().GetResult();
                if (received.MessageType == WebSocketMessageType.Close || received.Count > 0)
                {
                    return received.Count;
                }
            }
        }
        catch (Exception exception) when (exception is not IOException)
        {
            throw new IOException("the client has gone", exception);
        }
    }
}
