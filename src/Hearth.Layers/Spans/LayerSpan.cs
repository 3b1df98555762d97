using System.Security.Cryptography;

namespace Hearth.Layers.Spans;

/// <summary>A part of a layer that can be decompressed by itself.</summary>
/// <param name="Start">Its first byte in the uncompressed layer.</param>
/// <param name="Length">Uncompressed, in bytes.</param>
/// <param name="CompressedStart">Its first byte in the compressed layer; spans of one stream can share a byte.</param>
/// <param name="CompressedLength">In bytes.</param>
/// <param name="Kind">What its beginning needs.</param>
/// <param name="Bits">How many bits of the first byte belong to the span: 1 to 7, or 0 for the whole byte.</param>
/// <param name="WindowStart">For <see cref="SpanStart.Block"/>: where the stored bytes of the 32 KiB before it are among those of all spans.</param>
/// <param name="WindowLength">The stored bytes of them.</param>
/// <param name="WindowDigest">Of the stored bytes, by <see cref="DigestOfWindow"/>; empty if there are none.</param>
/// <param name="Digest">SHA-256 of the compressed bytes.</param>
public sealed record LayerSpan(
    long Start,
    int Length,
    long CompressedStart,
    int CompressedLength,
    SpanStart Kind,
    byte Bits,
    long WindowStart,
    int WindowLength,
    ReadOnlyMemory<byte> WindowDigest,
    ReadOnlyMemory<byte> Digest)
{
    /// <summary>Half of a SHA-256: enough against any other window, and half as long in the index.</summary>
    public const int WindowDigestBytes = 16;

    public long End => Start + Length;

    public long CompressedEnd => CompressedStart + CompressedLength;

    public long WindowEnd => WindowStart + WindowLength;

    /// <summary>The digest of a stored window.</summary>
    public static ReadOnlyMemory<byte> DigestOfWindow(ReadOnlySpan<byte> window) => SHA256.HashData(window).AsMemory(0, WindowDigestBytes);
}
