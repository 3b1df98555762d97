using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Hearth.Hosting;

/// <summary>One connection. It is closed when the other side has closed both directions, or this side has ended it.</summary>
internal sealed class SocketConnection : DefaultConnectionContext, IStreamEnd, IConnectionSocketFeature
{
    /// <summary>
    /// A client that has gone is noticed so soon; one that only ended its input stays. While a read waits, nobody looks: the read
    /// notices it, and connections that clients keep for later cost nothing.
    /// </summary>
    private static readonly TimeSpan watchInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long a client may take to close a connection whose output has ended.</summary>
    private static readonly TimeSpan lingerTimeout = TimeSpan.FromSeconds(10);

    private const int DroppedBytes = 64 << 10;

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
        Features.Set<IStreamEnd>(this);
        Features.Set<IConnectionSocketFeature>(this);
        watch = new Timer(static connection => ((SocketConnection)connection!).Look(), this, watchInterval, watchInterval);
    }

    Socket IConnectionSocketFeature.Socket => socket;

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(lingerTimeout);
        using CancellationTokenSource any = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ConnectionClosed, cancellationToken);
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            byte[] dropped = new byte[DroppedBytes];
            while (await socket.ReceiveAsync(dropped, any.Token) > 0)
            {
                // The process that it was for has ended.
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client has gone, or does not end its input.
        }
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
