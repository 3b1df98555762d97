using System.Net.Sockets;
using Hearth.Guest.Protocol;
using Hearth.Keeper.Guest;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>A container at its addresses, and where nobody listens there, its 127.0.0.1 (TCP only).</summary>
/// <param name="network">The addresses.</param>
/// <param name="guest">The guest; not completed before it is configured.</param>
internal sealed class LoopbackTarget(IPortTarget network, Task<GuestSession> guest) : IPortTarget
{
    /// <summary>The guest channel has streams for other things too, such as exec. Further clients are refused.</summary>
    private const int MostStreams = GuestProtocol.MaxOpenStreams / 2;

    private int streams;

    public async Task<IPortConnection?> ConnectAsync(int port, AddressFamily family, CancellationToken cancellationToken)
    {
        GuestSession session = await guest.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await network.ConnectAsync(port, family, cancellationToken).ConfigureAwait(false) ?? await ConnectLoopbackAsync(session, port, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IPortConnection?> ConnectLoopbackAsync(GuestSession session, int port, CancellationToken cancellationToken)
    {
        GuestDataStream? stream = null;
        try
        {
            return Interlocked.Increment(ref streams) <= MostStreams && (stream = await session.ConnectLoopbackAsync(port, cancellationToken).ConfigureAwait(false)) is not null
                ? new StreamConnection(stream, () => Interlocked.Decrement(ref streams))
                : null;
        }
        finally
        {
            if (stream is null)
            {
                Interlocked.Decrement(ref streams);
            }
        }
    }

    public Socket OpenDatagrams(int port, AddressFamily family) => network.OpenDatagrams(port, family);
}
