using Hearth.Linux.Compression;

namespace Hearth.Layers.Spans;

/// <summary>
/// Finds which of the bytes before a deflate block are needed to decompress from it on. What a back reference copies does not
/// depend on the bytes' values. So the block is decompressed twice with marks in the place of the bytes before it: the two
/// marks of a place differ, and no two places have the same pair. A byte that the stream itself has is the same both times.
/// Not thread-safe.
/// </summary>
public sealed class WindowUse : IDisposable
{
    private const int LowBits = 8;

    private static readonly byte[] lowMarks = [.. Enumerable.Range(0, Inflater.WindowBytes).Select(place => (byte)place)];
    private static readonly byte[] highMarks = [.. Enumerable.Range(0, Inflater.WindowBytes).Select(place => (byte)(place + 1 + (place >> LowBits)))];

    private readonly Inflater inflater = new();

    /// <summary>No reference reaches back over more than a window, so later bytes need nothing of what is before the block.</summary>
    private readonly byte[] low = new byte[Inflater.WindowBytes];
    private readonly byte[] high = new byte[Inflater.WindowBytes];

    /// <summary>Sets those bytes of a window to zero that are not needed.</summary>
    /// <param name="compressed">From the block on. The stream ends in it, or it has <see cref="Inflater.WindowBytes"/> uncompressed bytes.</param>
    /// <param name="bits">How many bits of the byte before belong to the block.</param>
    /// <param name="lastByte">That byte.</param>
    /// <param name="window">The bytes before the block.</param>
    /// <returns>The number of bytes that are needed; all, if the compressed bytes are too few to decide.</returns>
    public int Clear(ReadOnlySpan<byte> compressed, int bits, byte lastByte, Span<byte> window)
    {
        int start = Inflater.WindowBytes - window.Length;
        if (Inflate(compressed, bits, lastByte, lowMarks.AsSpan(start), low) is not { } length
            || Inflate(compressed, bits, lastByte, highMarks.AsSpan(start), high) != length)
        {
            return window.Length;
        }

        Span<bool> isNeeded = stackalloc bool[Inflater.WindowBytes];
        isNeeded.Clear();
        for (int i = 0; i < length; i++)
        {
            if (low[i] != high[i])
            {
                isNeeded[low[i] | ((byte)(high[i] - low[i] - 1) << LowBits)] = true;
            }
        }

        int needed = 0;
        for (int i = 0; i < window.Length; i++)
        {
            if (isNeeded[start + i])
            {
                needed++;
            }
            else
            {
                window[i] = 0;
            }
        }

        return needed;
    }

    public void Dispose() => inflater.Dispose();

    /// <returns>How many bytes were decompressed; null if there are more, and the compressed bytes end.</returns>
    private int? Inflate(ReadOnlySpan<byte> compressed, int bits, byte lastByte, ReadOnlySpan<byte> marks, Span<byte> output)
    {
        inflater.ResetToBlock(marks, bits, lastByte);
        InflateResult result = inflater.Inflate(compressed, output, stopsAtBlocks: false);
        return result.State == InflateState.Ended || result.Produced == output.Length ? result.Produced : null;
    }
}
