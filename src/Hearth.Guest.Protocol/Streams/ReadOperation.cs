namespace Hearth.Guest.Protocol.Streams;

/// <summary>A read that waits for bytes. They are copied directly to the caller's memory.</summary>
internal sealed class ReadOperation(Memory<byte> destination)
    : TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public Memory<byte> Destination { get; } = destination;
}
