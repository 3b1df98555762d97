namespace Hearth.Guest.Protocol.Streams;

/// <summary>
/// A pending write. Its task completes when the transport has taken the last byte. The bytes stay in the caller's memory:
/// nothing is copied until a frame is composed, so a waiting write needs no memory here.
/// </summary>
internal sealed class WriteOperation(ReadOnlyMemory<byte> bytes, bool endsStream)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public ReadOnlyMemory<byte> Remaining { get; private set; } = bytes;

    /// <summary>True if the operation writes the end of the stream instead of bytes.</summary>
    public bool EndsStream { get; } = endsStream;

    public void Take(Span<byte> destination)
    {
        Remaining.Span[..destination.Length].CopyTo(destination);
        Remaining = Remaining[destination.Length..];
    }
}
