using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Hearth.Worker.Hosting;

/// <summary>
/// Connections of stream sockets for Kestrel. Its own transport takes the end of a client's input for the end of the connection,
/// but docker's clients end their input and wait for the rest of the output (<c>echo hi | docker run -i …</c>).
/// </summary>
internal sealed class SocketTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector
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
                accepted.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
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

/// <summary>One connection. It is closed when the other side has closed both directions, or this side has ended it.</summary>
internal sealed class SocketConnection : DefaultConnectionContext
{
    /// <summary>
    /// A client that has gone is noticed so soon; one that only ended its input stays. While a read waits, nobody looks: the read
    /// notices it, and connections that clients keep for later cost nothing.
    /// </summary>
    private static readonly TimeSpan watchInterval = TimeSpan.FromSeconds(1);

    /// <summary>Logs and archives are written in pieces of this size.</summary>
    private const int WriteBytes = 64 << 10;

    private readonly Socket socket;
    private readonly CancellationTokenSource closed = new();
    private readonly Timer watch;

    public SocketConnection(Socket socket, EndPoint local)
        : base(Guid.NewGuid().ToString("n"))
    {
        this.socket = socket;
        ClientStream stream = new(this);
        Transport = new Pipes(PipeReader.Create(stream), PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: WriteBytes)));
        LocalEndPoint = local;
        RemoteEndPoint = local is IPEndPoint ? socket.RemoteEndPoint : null;
        ConnectionClosed = closed.Token;
        watch = new Timer(static connection => ((SocketConnection)connection!).Look(), this, watchInterval, watchInterval);
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        Close();
        socket.Close();
    }

    public override async ValueTask DisposeAsync()
    {
        await Transport.Input.CompleteAsync();
        await Transport.Output.CompleteAsync();
        await watch.DisposeAsync();
        Close();
        socket.Dispose();
        closed.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>A hang-up: the other side has closed its socket.</summary>
    private void Look()
    {
        try
        {
            if (HangUps.Has(socket.SafeHandle))
            {
                Close();
            }
        }
        catch (ObjectDisposedException)
        {
            // It has been closed here meanwhile.
        }
    }

    private void Close()
    {
        try
        {
            closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection was disposed of at the same time.
        }
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Writes to a client that has gone end the connection; Kestrel takes an exception for a fault of the transport.</summary>
    private sealed class ClientStream(SocketConnection connection) : NetworkStream(connection.socket, ownsSocket: false)
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await base.WriteAsync(buffer, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                connection.Close();
            }
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                ValueTask<int> reading = base.ReadAsync(buffer, cancellationToken);
                return reading.IsCompleted ? await reading : await WaitAsync(reading);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                connection.Close();
                return 0;
            }
        }

        private async ValueTask<int> WaitAsync(ValueTask<int> reading)
        {
            connection.watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            try
            {
                return await reading;
            }
            finally
            {
                connection.watch.Change(watchInterval, watchInterval);
            }
        }
    }
}
