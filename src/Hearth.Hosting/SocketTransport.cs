using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Hearth.Hosting;

/// <summary>
/// Connections of stream sockets for Kestrel. Its own transport takes the end of a client's input for the end of the connection,
/// but docker's clients end their input and wait for the rest of the output (<c>echo hi | docker run -i …</c>).
/// </summary>
public sealed class SocketTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private const int Backlog = 1024;

    public bool CanBind(EndPoint endpoint) => endpoint is UnixDomainSocketEndPoint or IPEndPoint or FileHandleEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (endpoint is FileHandleEndPoint inherited)
        {
            // systemd has bound it, and it listens.
            Socket given = new(new SafeSocketHandle((nint)inherited.FileHandle, ownsHandle: true));
            return ValueTask.FromResult<IConnectionListener>(new Listener(given, given.LocalEndPoint ?? endpoint));
        }

        Socket socket = new(endpoint.AddressFamily, SocketType.Stream, endpoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            if (endpoint is IPEndPoint)
            {
                // A new daemon takes over while connections of the previous one still close.
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            }

            socket.Bind(endpoint);
            socket.Listen(Backlog);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            throw new AddressInUseException(exception.Message, exception);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }

        return ValueTask.FromResult<IConnectionListener>(new Listener(socket, socket.LocalEndPoint!));
    }

    private sealed class Listener(Socket socket, EndPoint endpoint) : IConnectionListener
    {
        private static readonly TimeSpan pauseAfterFault = TimeSpan.FromMilliseconds(20);

        public EndPoint EndPoint { get; } = endpoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                Socket? accepted = null;
                try
                {
                    accepted = await socket.AcceptAsync(cancellationToken);
                    return Connect(accepted);
                }
                catch (SocketException exception) when (exception.SocketErrorCode is not (SocketError.OperationAborted or SocketError.NotSocket or SocketError.InvalidArgument))
                {
                    // That client has gone, or there is no descriptor for it now: the next one gets its turn.
                    accepted?.Dispose();
                    await Task.Delay(pauseAfterFault, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
                {
                    // The listener was unbound.
                    accepted?.Dispose();
                    return null;
                }
            }
        }

        private SocketConnection Connect(Socket accepted)
        {
            if (EndPoint is IPEndPoint)
            {
                accepted.NoDelay = true;
                TcpKeepAlive.Enable(accepted);
            }

            return new SocketConnection(accepted, EndPoint);
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
