using System.Buffers;
using Hearth.Distribution;
using Hearth.Linux.Compression;
using ZstdSharp;

namespace Hearth.Layers.Spans;

/// <summary>Decompresses single spans of a layer. Not thread-safe.</summary>
public sealed class SpanDecompressor(LayerCompression compression) : IDisposable
{
    /// <summary>After a gzip member come its checksum and length, 4 bytes each (RFC 1952).</summary>
    private const int GzipTrailerBytes = 8;

    private readonly Decompressor windows = new();
    private Inflater? inflater;

    /// <summary>Decompresses a span.</summary>
    /// <param name="span">Its place in the layer.</param>
    /// <param name="compressed">All compressed bytes of the span. Their digest has been verified.</param>
    /// <param name="window">What the index stores for it.</param>
    /// <param name="destination">As long as the span.</param>
    /// <exception cref="ImageException">The bytes do not decompress to the span's length.</exception>
    public void Decompress(LayerSpan span, ReadOnlySpan<byte> compressed, ReadOnlySpan<byte> window, Span<byte> destination)
    {
        int length = compression switch
        {
            LayerCompression.None => Copy(compressed, destination),
            LayerCompression.Gzip => Inflate(span, compressed, window, destination),
            LayerCompression.Zstd => Unwrap(compressed, destination),
            _ => throw new ArgumentOutOfRangeException(nameof(span)),
        };
        if (length != span.Length)
        {
            throw Wrong(span, $"it has {length} bytes");
        }
    }

    public void Dispose()
    {
        windows.Dispose();
        inflater?.Dispose();
    }

    private static int Copy(ReadOnlySpan<byte> compressed, Span<byte> destination)
    {
        int count = Math.Min(compressed.Length, destination.Length);
        compressed[..count].CopyTo(destination);
        return count;
    }

    private int Inflate(LayerSpan span, ReadOnlySpan<byte> compressed, ReadOnlySpan<byte> window, Span<byte> destination)
    {
        inflater ??= new Inflater();
        bool isRaw = span.Kind == SpanStart.Block;
        if (isRaw)
        {
            int bitsOfFirst = span.Bits > 0 ? 1 : 0;
            inflater.ResetToBlock(Unpack(span, window), span.Bits, bitsOfFirst > 0 ? compressed[0] : (byte)0);
            compressed = compressed[bitsOfFirst..];
        }
        else
        {
            inflater.ResetToGzip();
        }

        int length = 0;
        while (length < destination.Length)
        {
            InflateResult result = inflater.Inflate(compressed, destination[length..], stopsAtBlocks: false);
            length += result.Produced;
            compressed = compressed[result.Consumed..];
            if (result.State == InflateState.Ended)
            {
                compressed = compressed[Math.Min(compressed.Length, isRaw ? GzipTrailerBytes : 0)..];
                inflater.ResetToGzip();
                isRaw = false;
            }
            else if (result.State == InflateState.Corrupt || result is { Consumed: 0, Produced: 0 })
            {
                break;
            }
        }

        return length;
    }

    private byte[] Unpack(LayerSpan span, ReadOnlySpan<byte> window)
    {
        byte[] bytes = new byte[Inflater.WindowBytes];
        try
        {
            return bytes[..windows.Unwrap(window, bytes)];
        }
        catch (ZstdException exception)
        {
            throw Wrong(span, $"the bytes before it cannot be decompressed: {exception.Message}");
        }
    }

    private static int Unwrap(ReadOnlySpan<byte> compressed, Span<byte> destination)
    {
        // The last span may have ended within a frame, whose state would remain.
        using Decompressor zstd = new();
        int length = 0;
        while (length < destination.Length)
        {
            OperationStatus status = zstd.UnwrapStream(compressed, destination[length..], out int consumed, out int produced);
            compressed = compressed[consumed..];
            length += produced;
            if (status == OperationStatus.InvalidData || consumed + produced == 0)
            {
                break;
            }
        }

        return length;
    }

    private static ImageException Wrong(LayerSpan span, string cause) =>
        new(ImageError.Malformed, $"cannot decompress the bytes {span.Start} to {span.End} of the layer: {cause}");
}
