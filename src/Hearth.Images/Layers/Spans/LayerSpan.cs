namespace Hearth.Images.Layers.Spans;

/// <summary>A part of a layer that can be decompressed by itself.</summary>
/// <param name="Start">Its first byte in the uncompressed layer.</param>
/// <param name="Length">Uncompressed, in bytes.</param>
/// <param name="CompressedStart">Its first byte in the compressed layer; spans of one stream can share a byte.</param>
/// <param name="CompressedLength">In bytes.</param>
/// <param name="Kind">What its beginning needs.</param>
/// <param name="Bits">How many bits of the first byte belong to the span: 1 to 7, or 0 for the whole byte.</param>
/// <param name="WindowStart">For <see cref="SpanStart.Block"/>: where the index stores the 32 KiB before it.</param>
/// <param name="WindowLength">The stored bytes of them.</param>
/// <param name="Digest">SHA-256 of the compressed bytes.</param>
public sealed record LayerSpan(
    long Start, int Length, long CompressedStart, int CompressedLength, SpanStart Kind, byte Bits, long WindowStart, int WindowLength, ReadOnlyMemory<byte> Digest)
{
    public long End => Start + Length;

    public long CompressedEnd => CompressedStart + CompressedLength;
}
