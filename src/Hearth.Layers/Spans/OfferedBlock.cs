namespace Hearth.Layers.Spans;

/// <summary>A deflate block at which a span may begin.</summary>
/// <param name="Position">Uncompressed bytes before it.</param>
/// <param name="CompressedPosition">Compressed bytes before it; its first bits may be in the last of them.</param>
/// <param name="UnusedBits">How many bits of that byte belong to the block.</param>
/// <param name="Window">The uncompressed bytes before it.</param>
/// <param name="DigestBefore">The digest of the span before, if it ends here.</param>
internal sealed record OfferedBlock(long Position, long CompressedPosition, int UnusedBits, byte[] Window, byte[] DigestBefore);
