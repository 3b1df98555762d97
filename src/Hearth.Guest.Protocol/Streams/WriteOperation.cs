namespace Hearth.Guest.Protocol.Streams;

/// <summary>
/// A write under way. Its task is done when the transport has taken the last of its bytes. The bytes stay the caller's:
/// nothing is copied until a frame is composed, so a write that waits costs no memory here.
/// </summary>
internal sealed class WriteOperation(ReadOnlyMemory<byte> bytes, bool endsStream)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public ReadOnlyMemory<byte> Remaining { get; private set; } = bytes;

    /// <summary>True for the one that writes the end of the stream instead of bytes.</summary>
    public bool EndsStream { get; } = endsStream;

    public void Take(Span<byte> destination)
    {
        Remaining.Span[..destination.Length].CopyTo(destination);
        Remaining = Remaining[destination.Length..];
    }
}
