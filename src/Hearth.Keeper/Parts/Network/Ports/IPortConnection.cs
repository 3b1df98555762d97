namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>A connection to a port of the container, each direction of which ends by itself.</summary>
internal interface IPortConnection : IAsyncDisposable
{
    /// <summary>Waits until there is something to read, where that takes less memory than a read. May return early.</summary>
    ValueTask WaitAsync(CancellationToken cancellationToken);

    /// <returns>The number of bytes; 0 at the end.</returns>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Ends the direction to the container.</summary>
    ValueTask EndWritingAsync(CancellationToken cancellationToken);
}
