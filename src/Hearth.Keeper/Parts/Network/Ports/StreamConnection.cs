using Hearth.Guest.Protocol;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>A connection to the guest's loopback interface, by the guest channel.</summary>
/// <param name="stream">Carries both directions; this object owns it.</param>
internal sealed class StreamConnection(GuestDataStream stream) : IPortConnection
{
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => stream.ReadAsync(buffer, cancellationToken);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);

    public async ValueTask EndWritingAsync(CancellationToken cancellationToken) => await stream.CompleteAsync(cancellationToken).ConfigureAwait(false);

    public ValueTask DisposeAsync()
    {
        stream.Reset("the connection has ended");
        return stream.DisposeAsync();
    }
}
