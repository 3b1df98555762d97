using System.Security.Cryptography;
using ZstdSharp;

namespace Hearth.Images.Layers.Spans;

/// <summary>
/// Divides a layer into spans while it is decompressed from front to back. A span is as small as its entry in the index allows:
/// one that begins in the middle of a deflate stream costs some 10 KiB for the bytes before it, any other less than 100.
/// </summary>
public sealed class SpanRecorder : IDisposable
{
    /// <summary>With the window compressed to a third, an index of 1% of the layer.</summary>
    public const int LeastBytesOfBlockSpan = 1 << 20;

    /// <summary>A window that does not compress well makes its span longer, so that the index stays small.</summary>
    private const int LeastTimesOfWindow = 80;

    /// <summary>An entry of some 80 bytes for it.</summary>
    public const int LeastBytesOfFreshSpan = 128 << 10;

    /// <summary>Bytes that compress very well make long spans, which take long to decompress; their windows compress as well.</summary>
    public const int UsualUncompressedBytes = 4 << 20;

    /// <summary>A span is held in memory while it is read. A layer with a longer one is not read lazily.</summary>
    public const int MostUncompressedBytes = 64 << 20;

    private readonly List<LayerSpan> spans = [];
    private readonly MemoryStream windows = new();
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Compressor compressor = new(level: 9);
    private long spanStart;
    private long spanCompressedStart;
    private SpanStart kind = SpanStart.Fresh;
    private byte bits;
    private long windowStart;
    private int windowLength;
    private byte last;

    public IReadOnlyList<LayerSpan> Spans => spans;

    /// <summary>The windows of all spans, each a zstd frame.</summary>
    public ReadOnlyMemory<byte> Windows => windows.GetBuffer().AsMemory(0, (int)windows.Length);

    /// <summary>Whether each span is short enough to be read by itself.</summary>
    public bool IsUsable { get; private set; } = true;

    /// <summary>Uncompressed bytes so far.</summary>
    public long Position { get; private set; }

    /// <summary>Compressed bytes so far.</summary>
    public long CompressedPosition { get; private set; }

    /// <summary>Whether a span that needs no window should begin here.</summary>
    public bool WantsFreshSpan => CompressedPosition - spanCompressedStart >= LeastBytesOfFreshSpan || Position - spanStart >= UsualUncompressedBytes;

    /// <summary>Whether a span that needs a window should begin here.</summary>
    public bool WantsBlockSpan => CompressedPosition - spanCompressedStart is long compressed
        && compressed >= (long)LeastTimesOfWindow * windowLength
        && (compressed >= LeastBytesOfBlockSpan || Position - spanStart >= UsualUncompressedBytes);

    public void Consume(ReadOnlySpan<byte> compressed)
    {
        if (!compressed.IsEmpty)
        {
            hash.AppendData(compressed);
            CompressedPosition += compressed.Length;
            last = compressed[^1];
        }
    }

    public void Produce(int uncompressedBytes) => Position += uncompressedBytes;

    /// <summary>Ends the current span, if it is not empty, and begins one that needs nothing before it.</summary>
    public void BeginFresh()
    {
        EndSpan();
        (kind, bits, windowStart, windowLength) = (SpanStart.Fresh, 0, 0, 0);
    }

    /// <summary>Ends the current span and begins one at a deflate block.</summary>
    /// <param name="unusedBits">How many bits of the last consumed byte belong to the block.</param>
    /// <param name="window">The bytes before it.</param>
    public void BeginBlock(int unusedBits, ReadOnlySpan<byte> window)
    {
        EndSpan();
        kind = SpanStart.Block;
        bits = (byte)unusedBits;
        windowStart = windows.Length;
        windows.Write(compressor.Wrap(window));
        windowLength = (int)(windows.Length - windowStart);
        if (bits > 0)
        {
            hash.AppendData([last]);
            spanCompressedStart--;
        }
    }

    /// <summary>Ends the last span.</summary>
    public void Finish() => EndSpan();

    public void Dispose()
    {
        hash.Dispose();
        compressor.Dispose();
    }

    private void EndSpan()
    {
        byte[] digest = hash.GetHashAndReset();
        if (Position > spanStart)
        {
            bool fits = Position - spanStart <= MostUncompressedBytes && CompressedPosition - spanCompressedStart <= MostUncompressedBytes;
            IsUsable &= fits;
            if (fits)
            {
                spans.Add(new LayerSpan(
                    spanStart, (int)(Position - spanStart), spanCompressedStart, (int)(CompressedPosition - spanCompressedStart), kind, bits, windowStart, windowLength, digest));
            }
        }

        spanStart = Position;
        spanCompressedStart = CompressedPosition;
    }
}
