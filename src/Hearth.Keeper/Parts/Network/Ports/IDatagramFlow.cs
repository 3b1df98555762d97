namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>The datagrams of one client to a port of the container, and the answers. Datagrams may be lost.</summary>
internal interface IDatagramFlow : IAsyncDisposable
{
    /// <summary>Sends a datagram, unless the container takes none now.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken);

    /// <summary>Waits for an answer.</summary>
    /// <param name="buffer">Room for the longest datagram.</param>
    /// <param name="cancellationToken">The end of the run.</param>
    /// <returns>Its length; -1 if nobody listens in the container any more.</returns>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken);
}
