using System.Net.Sockets;
using Hearth.Keeper.Guest;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>A container at its addresses, and where nobody listens there, its 127.0.0.1 (TCP only).</summary>
/// <param name="network">The addresses.</param>
/// <param name="guest">The guest; not completed before it is configured.</param>
internal sealed class LoopbackTarget(IPortTarget network, Task<GuestSession> guest) : IPortTarget
{
    public async Task<IPortConnection?> ConnectAsync(int port, AddressFamily family, CancellationToken cancellationToken)
    {
        GuestSession session = await guest.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await network.ConnectAsync(port, family, cancellationToken).ConfigureAwait(false)
            ?? (await session.ConnectLoopbackAsync(port, cancellationToken).ConfigureAwait(false) is { } stream ? new StreamConnection(stream) : null);
    }

    public Socket OpenDatagrams(int port, AddressFamily family) => network.OpenDatagrams(port, family);
}
