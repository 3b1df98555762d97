using System.Net.Sockets;
using Hearth.Linux.Sockets;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>A TCP connection. One whose peer has vanished ends after about a minute: it would take a part of the budget for ever.</summary>
internal sealed class SocketConnection : IPortConnection
{
    private readonly Socket socket;

    /// <param name="socket">Connected; this object owns it.</param>
    public SocketConnection(Socket socket)
    {
        this.socket = socket;
        TcpKeepAlive.Enable(socket);
    }

    public async ValueTask WaitAsync(CancellationToken cancellationToken) =>
        await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken).ConfigureAwait(false);

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
        }
    }

    public ValueTask EndWritingAsync(CancellationToken cancellationToken)
    {
        socket.Shutdown(SocketShutdown.Send);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
