using System.Net.Sockets;
using Hearth.Guest.Protocol;
using Hearth.Keeper.Guest;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>A container at its addresses, and where nobody listens there, its 127.0.0.1.</summary>
/// <param name="network">The addresses.</param>
/// <param name="guest">The guest; not completed before it is configured.</param>
internal sealed class LoopbackTarget(IPortTarget network, Task<GuestSession> guest) : IPortTarget
{
    /// <summary>The guest channel has streams for other things too, such as exec. Further clients are refused.</summary>
    private const int MostStreams = GuestProtocol.MaxOpenStreams / 2;

    /// <summary>Each takes 128 KiB of the guest's memory. With one more, the one that was silent the longest ends.</summary>
    private const int MostFlows = 128;

    private readonly List<StreamFlow> flows = [];
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

    public async Task<IDatagramFlow> OpenDatagramsAsync(int port, AddressFamily family, CancellationToken cancellationToken)
    {
        GuestSession session = await guest.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (await session.ConnectLoopbackDatagramsAsync(port, cancellationToken).ConfigureAwait(false) is not { } stream)
        {
            return await network.OpenDatagramsAsync(port, family, cancellationToken).ConfigureAwait(false);
        }

        StreamFlow flow = new(stream, Remove);
        if (Add(flow) is { } oldest)
        {
            await oldest.DisposeAsync().ConfigureAwait(false);
        }

        return flow;
    }

    /// <returns>The flow that is to end for it; null if there is room.</returns>
    private StreamFlow? Add(StreamFlow flow)
    {
        lock (flows)
        {
            StreamFlow? oldest = flows.Count < MostFlows ? null : flows.MinBy(each => each.ActiveMs);
            flows.Add(flow);
            return oldest;
        }
    }

    private void Remove(StreamFlow flow)
    {
        lock (flows)
        {
            flows.Remove(flow);
        }
    }
}
