using System.Security.Cryptography;
using Hearth.Distribution.References;
using ZstdSharp;

namespace Hearth.Layers.Spans;

/// <summary>
/// Divides a layer into spans while it is decompressed from front to back. A span is as small as its entry in the index allows:
/// one that begins in the middle of a deflate stream costs some 1000 bytes for what it needs of the bytes before it, any other
/// less than 100.
/// </summary>
/// <param name="windows">Receives the windows of all spans, each a zstd frame.</param>
public sealed class SpanRecorder(Stream windows) : IDisposable
{
    /// <summary>With a window of some 1000 bytes, an index of about 1% of the layer.</summary>
    public const int LeastBytesOfBlockSpan = 64 << 10;

    /// <summary>A window that is large makes its span longer, so that the index stays small.</summary>
    private const int LeastTimesOfWindow = 80;

    /// <summary>An entry of some 80 bytes for it.</summary>
    public const int LeastBytesOfFreshSpan = 128 << 10;

    /// <summary>Bytes that compress very well make long spans, which take long to decompress; their windows compress as well.</summary>
    public const int UsualUncompressedBytes = 4 << 20;

    /// <summary>A span is held in memory while it is read. A layer with a longer one is not read lazily.</summary>
    public const int MostUncompressedBytes = 64 << 20;

    private readonly List<LayerSpan> spans = [];
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash windowsHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Compressor compressor = new(level: 9);
    private readonly BlockChoice blocks = new();
    private long spanStart;
    private long spanCompressedStart;
    private SpanStart kind = SpanStart.Fresh;
    private byte bits;
    private long windowStart;
    private byte[] window = [];
    private ReadOnlyMemory<byte> windowDigest;
    private byte last;

    public IReadOnlyList<LayerSpan> Spans => spans;

    /// <summary>The SHA-256 of the windows so far.</summary>
    public Digest WindowsDigest => Digest.FromSha256(windowsHash.GetCurrentHash());

    /// <summary>Whether each span is short enough to be read by itself.</summary>
    public bool IsUsable { get; private set; } = true;

    /// <summary>Uncompressed bytes so far.</summary>
    public long Position { get; private set; }

    /// <summary>Compressed bytes so far.</summary>
    public long CompressedPosition { get; private set; }

    /// <summary>Whether a span that needs no window should begin here.</summary>
    public bool WantsFreshSpan => CompressedPosition - spanCompressedStart >= LeastBytesOfFreshSpan || Position - spanStart >= UsualUncompressedBytes;

    /// <summary>Whether a span that needs a window may begin here.</summary>
    public bool WantsBlock => blocks.IsEmpty
        ? CompressedPosition - spanCompressedStart is long compressed
            && compressed >= (long)LeastTimesOfWindow * window.Length
            && (compressed >= LeastBytesOfBlockSpan || Position - spanStart >= UsualUncompressedBytes)
        : !blocks.IsFull;

    public void Consume(ReadOnlySpan<byte> compressed)
    {
        if (!compressed.IsEmpty)
        {
            hash.AppendData(compressed);
            blocks.Append(compressed);
            CompressedPosition += compressed.Length;
            last = compressed[^1];
        }
    }

    public void Produce(int uncompressedBytes)
    {
        Position += uncompressedBytes;
        if (blocks.IsReady(Position))
        {
            BeginBlock();
        }
    }

    /// <summary>Ends the current span, if it is not empty, and begins one that needs nothing before it.</summary>
    public void BeginFresh()
    {
        EndSpan(Position, CompressedPosition, hash.GetHashAndReset());
        (kind, bits, window, windowDigest) = (SpanStart.Fresh, 0, [], default);
    }

    /// <summary>A deflate block begins, at which a span may begin.</summary>
    /// <param name="unusedBits">How many bits of the last consumed byte belong to the block.</param>
    /// <param name="window">The bytes before it.</param>
    public void OfferBlock(int unusedBits, ReadOnlySpan<byte> window) =>
        blocks.Add(new OfferedBlock(Position, CompressedPosition, unusedBits, window.ToArray(), hash.GetCurrentHash()), last);

    /// <summary>A deflate stream ends: what follows refers to nothing before.</summary>
    public void EndStream()
    {
        if (!blocks.IsEmpty)
        {
            BeginBlock();
        }
    }

    /// <summary>Ends the last span.</summary>
    public void Finish() => EndSpan(Position, CompressedPosition, hash.GetHashAndReset());

    public void Dispose()
    {
        hash.Dispose();
        windowsHash.Dispose();
        compressor.Dispose();
        blocks.Dispose();
    }

    /// <summary>Ends the current span at the best of the offered blocks, and begins one there.</summary>
    private void BeginBlock()
    {
        (OfferedBlock block, ReadOnlyMemory<byte> compressed) = blocks.Take();
        EndSpan(block.Position, block.CompressedPosition, block.DigestBefore);
        window = compressor.Wrap(block.Window).ToArray();
        (kind, bits, windowDigest) = (SpanStart.Block, (byte)block.UnusedBits, LayerSpan.DigestOfWindow(window));
        int shared = bits > 0 ? 1 : 0;
        spanCompressedStart -= shared;
        _ = hash.GetHashAndReset();
        hash.AppendData(compressed.Span[(1 - shared)..]);
    }

    /// <summary>Streams of Go end with a block without content: there is no span at it, and no window.</summary>
    private void EndSpan(long end, long compressedEnd, byte[] digest)
    {
        if (end > spanStart)
        {
            bool fits = end - spanStart <= MostUncompressedBytes && compressedEnd - spanCompressedStart <= MostUncompressedBytes;
            IsUsable &= fits;
            if (fits)
            {
                spans.Add(new LayerSpan(
                    spanStart, (int)(end - spanStart), spanCompressedStart, (int)(compressedEnd - spanCompressedStart), kind, bits, windowStart, window.Length, windowDigest, digest));
                windows.Write(window);
                windowsHash.AppendData(window);
                windowStart += window.Length;
            }
        }

        spanStart = end;
        spanCompressedStart = compressedEnd;
    }
}
