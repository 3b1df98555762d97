using Hearth.Guest.Protocol;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>A connection to the guest's loopback interface, by the guest channel.</summary>
/// <param name="stream">Carries both directions; this object owns it.</param>
/// <param name="ended">Called once, at the end.</param>
internal sealed class StreamConnection(GuestDataStream stream, Action ended) : IPortConnection
{
    /// <summary>The channel's reads need memory to wait with. There are few streams.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => stream.ReadAsync(buffer, cancellationToken);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);

    public async ValueTask EndWritingAsync(CancellationToken cancellationToken) => await stream.CompleteAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        stream.Reset("the connection has ended");
        await stream.DisposeAsync().ConfigureAwait(false);
        ended();
    }
}
