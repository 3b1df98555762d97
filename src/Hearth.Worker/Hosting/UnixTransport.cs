using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Hearth.Worker.Hosting;

/// <summary>
/// Connections of Unix sockets for Kestrel. Its own transport takes the end of a client's input for the end of the connection,
/// but docker's clients end their input and wait for the rest of the output (<c>echo hi | docker run -i …</c>).
/// </summary>
internal sealed class UnixTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private const int Backlog = 1024;

    public bool CanBind(EndPoint endpoint) => endpoint is UnixDomainSocketEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endpoint);
            socket.Listen(Backlog);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }

        return ValueTask.FromResult<IConnectionListener>(new Listener(socket, endpoint));
    }

    private sealed class Listener(Socket socket, EndPoint endpoint) : IConnectionListener
    {
        public EndPoint EndPoint { get; } = endpoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                return new UnixConnection(await socket.AcceptAsync(cancellationToken), EndPoint);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The listener was unbound.
                return null;
            }
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
internal sealed class UnixConnection : DefaultConnectionContext
{
    /// <summary>A client that has gone is noticed so soon; one that only ended its input stays.</summary>
    private static readonly TimeSpan watchInterval = TimeSpan.FromSeconds(1);

    private readonly Socket socket;
    private readonly CancellationTokenSource closed = new();
    private readonly Timer watch;

    public UnixConnection(Socket socket, EndPoint local)
        : base(Guid.NewGuid().ToString("n"))
    {
        this.socket = socket;
        ClientStream stream = new(socket, Close);
        Transport = new Pipes(PipeReader.Create(stream), PipeWriter.Create(stream));
        LocalEndPoint = local;
        ConnectionClosed = closed.Token;
        watch = new Timer(static connection => ((UnixConnection)connection!).Look(), this, watchInterval, watchInterval);
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
            if (socket.Poll(TimeSpan.Zero, SelectMode.SelectError))
            {
                Close();
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
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
    private sealed class ClientStream(Socket socket, Action close) : NetworkStream(socket, ownsSocket: false)
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await base.WriteAsync(buffer, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                close();
            }
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await base.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                close();
                return 0;
            }
        }
    }
}
