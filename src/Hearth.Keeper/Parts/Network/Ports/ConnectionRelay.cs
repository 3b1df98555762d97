using System.Buffers;
using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Guest.Protocol;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>Relays TCP connections to the container, each direction at its receiver's pace.</summary>
/// <param name="listener">Listens.</param>
/// <param name="target">The container.</param>
/// <param name="port">Its port.</param>
/// <param name="budget">Of all relays of the container.</param>
/// <param name="clock">Measures the pause when there are no descriptors.</param>
internal sealed class ConnectionRelay(Socket listener, IPortTarget target, int port, RelayBudget budget, TimeProvider clock)
{
    private const int BufferBytes = 256 << 10;

    /// <summary>Until a descriptor may be free again; nothing reports that.</summary>
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs until the listener is closed or the token is cancelled, which also cuts the connections.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                // In this order, a port that nobody uses takes no part of the budget.
                Socket client = await AcceptAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    await budget.TakeConnectionAsync(cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    client.Dispose();
                    throw;
                }

                _ = Task.Run(() => ServeAsync(client, cancellationToken), CancellationToken.None);
            }
        }
        catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The run ends.
        }
    }

    private async Task<Socket> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException failure) when (failure.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset)
            {
                // The client has gone before it was accepted.
            }
            catch (SocketException failure) when (failure.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                // The client waits in the kernel's backlog.
                await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        try
        {
            using (client)
            {
                client.NoDelay = true;
                await using IPortConnection? container = await target.ConnectAsync(port, client.AddressFamily, cancellationToken).ConfigureAwait(false);
                if (container is null)
                {
                    Cut(client);
                    return;
                }

                await CarryAsync(client, container, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception broken) when (broken is OperationCanceledException or SocketException or ObjectDisposedException or GuestProtocolException or HearthException or IOException)
        {
            // One side has broken the connection, or the run ends: both sides are closed.
        }
        finally
        {
            budget.ReturnConnection();
        }
    }

    private static async Task CarryAsync(Socket client, IPortConnection container, CancellationToken cancellationToken)
    {
        using CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        SocketConnection side = new(client);
        Task[] directions = [CopyAsync(side, container, giveUp.Token), CopyAsync(container, side, giveUp.Token)];
        try
        {
            await (await Task.WhenAny(directions).ConfigureAwait(false)).ConfigureAwait(false);
            await Task.WhenAll(directions).ConfigureAwait(false);
        }
        catch
        {
            // A side is broken: the other one must not wait for more.
            await giveUp.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(directions).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Cut(client);
            throw;
        }
    }

    private static async Task CopyAsync(IPortConnection source, IPortConnection destination, CancellationToken cancellationToken)
    {
        while (await CopyOnceAsync(source, destination, cancellationToken).ConfigureAwait(false))
        {
        }

        await destination.EndWritingAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A connection that rests has no buffer.</summary>
    /// <returns>False at the end.</returns>
    private static async Task<bool> CopyOnceAsync(IPortConnection source, IPortConnection destination, CancellationToken cancellationToken)
    {
        await source.WaitAsync(cancellationToken).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int count = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            await destination.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            return count > 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Closes with a reset, as a host does where nobody listens.</summary>
    private static void Cut(Socket client) => client.LingerState = new LingerOption(enable: true, seconds: 0);
}
