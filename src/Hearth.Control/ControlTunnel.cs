using System.Net.Sockets;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Control;

/// <summary>Carries the bytes of a control connection over another stream, such as one between two hosts.</summary>
public sealed class ControlTunnel : IAsyncDisposable
{
    /// <summary>The protocol's name in HTTP's header Upgrade.</summary>
    public const string Protocol = "hearth-control";

    /// <summary>The header of an answer that says how many milliseconds a start has waited for its turn.</summary>
    public const string QueuedHeader = "Hearth-Queued-Ms";

    /// <summary>The header of an answer with the name of a <see cref="Containers.HearthError"/>.</summary>
    public const string ErrorHeader = "Hearth-Error";

    private readonly Stream stream;
    private readonly NetworkStream far;
    private readonly Task carrying;

    /// <param name="stream">The tunnel owns it.</param>
    public ControlTunnel(Stream stream)
    {
        (SafeFileHandle mine, SafeFileHandle theirs) = GuestSockets.CreatePair();
        this.stream = stream;
        Connection = new ControlConnection(SocketOf(mine));
        far = new NetworkStream(SocketOf(theirs), ownsSocket: true);
        carrying = CarryAsync();
    }

    /// <summary>The connection. When its owner closes it, the stream is closed after the last byte.</summary>
    public ControlConnection Connection { get; }

    /// <summary>Closes the connection, and waits until its last byte is in the stream.</summary>
    public async ValueTask DisposeAsync()
    {
        Connection.Dispose();
        await carrying.ConfigureAwait(false);
    }

    private async Task CarryAsync()
    {
        using CancellationTokenSource ended = new();
        Task incoming = CarryInAsync(ended.Token);
        await CopyAsync(far, stream, CancellationToken.None).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        await incoming.ConfigureAwait(false);
        await far.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>When the other host has gone, the connection's owner sees its end and closes it.</summary>
    private async Task CarryInAsync(CancellationToken cancellationToken)
    {
        await CopyAsync(stream, far, cancellationToken).ConfigureAwait(false);
        try
        {
            far.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The owner has closed it already.
        }
    }

    private static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        try
        {
            await from.CopyToAsync(to, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // One side has gone, and the other is closed for it.
        }
    }

    private async Task CloseAsync()
    {
        try
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It is broken: there is nothing left to close in order.
        }
    }

    private static Socket SocketOf(SafeFileHandle handle)
    {
        Socket socket = new(new SafeSocketHandle(handle.DangerousGetHandle(), ownsHandle: true));
        handle.SetHandleAsInvalid();
        return socket;
    }
}
