using System.Buffers;
using System.Security.Cryptography;
using Hearth.Distribution;
using Hearth.Distribution.Sources;
using Hearth.Layers.Index;
using Hearth.Layers.Spans;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Lazy;

/// <summary>
/// Makes spans present: 1. lock them among processes, 2. see which are still missing, 3. read adjacent ones by one request, and their windows by another;
/// as soon as a span has arrived, 4. verify, 5. decompress, 6. write content and blob, 7. mark. If the process is killed before 7, the span is still missing.
/// </summary>
/// <param name="files">The layer's.</param>
/// <param name="source">Where it is.</param>
/// <param name="statistics">Counts.</param>
/// <param name="clock">The time of requests.</param>
/// <param name="present">Receives each span that is there, in order.</param>
internal sealed class SpanFetch(LazyFiles files, IImageSource source, LazyStatistics statistics, TimeProvider clock, Action<int> present)
{
    private readonly WindowFetch windowFetch = new(files, source, statistics, clock);

    private IReadOnlyList<LayerSpan> Spans => files.Index.Spans;

    /// <exception cref="ImageException">The source fails or gives wrong bytes. Spans that it gave correctly are present.</exception>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public async Task RunAsync(int first, int count, CancellationToken cancellationToken)
    {
        await files.Map.LockAsync(first, count, cancellationToken).ConfigureAwait(false);
        try
        {
            if (files.Map.IsRefused)
            {
                throw new ImageException(ImageError.DigestMismatch, $"cannot use the layer {files.Layer.Digest}: its bytes do not have its digest; pull the image again");
            }

            await FetchLockedAsync(first, first + count, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            files.Map.Release(first, count);
        }
    }

    private async Task FetchLockedAsync(int first, int end, CancellationToken cancellationToken)
    {
        using SpanDecompressor decompressor = new(files.Index.Compression);
        ImageException? failure = null;
        for (int i = first, next; i < end; i = next)
        {
            next = i + 1;
            SpanState state = files.Map.StateOf(i);
            if (state == SpanState.Present || (state == SpanState.Unsure && await TryRestoreAsync(i, decompressor, cancellationToken).ConfigureAwait(false)))
            {
                present(i);
                continue;
            }

            while (next < end && files.Map.StateOf(next) == SpanState.Missing)
            {
                next++;
            }

            failure = await FetchAdjacentAsync(i, next, decompressor, cancellationToken).ConfigureAwait(false) ?? failure;
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <returns>The failure of a span, after all others were used.</returns>
    private async Task<ImageException?> FetchAdjacentAsync(int first, int end, SpanDecompressor decompressor, CancellationToken cancellationToken)
    {
        long start = Spans[first].CompressedStart;
        int length = checked((int)(Spans[end - 1].CompressedEnd - start));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        ArrivingRange arriving = new();
        Task reading = statistics.CountAsync(() => source.ReadRangeAsync(files.Layer, start, buffer.AsMemory(0, length), arriving.Arrive, cancellationToken), length, clock);
        try
        {
            ReadOnlyMemory<byte> windows = await windowFetch.ReadAsync(first, end, cancellationToken).ConfigureAwait(false);
            ImageException? failure = null;
            for (int i = first; i < end; i++)
            {
                await arriving.WaitAsync((int)(Spans[i].CompressedEnd - start), reading).ConfigureAwait(false);
                ReadOnlyMemory<byte> compressed = buffer.AsMemory((int)(Spans[i].CompressedStart - start), Spans[i].CompressedLength);
                ReadOnlyMemory<byte> window = windows[(int)(Spans[i].WindowStart - Spans[first].WindowStart)..];
                if (await TryUseAsync(i, compressed, window, decompressor, cancellationToken).ConfigureAwait(false))
                {
                    statistics.AddSpan();
                    present(i);
                }
                else
                {
                    failure = Mismatch(i);
                }
            }

            return failure;
        }
        finally
        {
            // The request may still write to the buffer.
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Uses a copy of what has arrived; if that is wrong, fetches it once more, and from each other place.</summary>
    private async Task<bool> TryUseAsync(int number, ReadOnlyMemory<byte> arrived, ReadOnlyMemory<byte> window, SpanDecompressor decompressor, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(arrived.Length);
        try
        {
            Memory<byte> compressed = buffer.AsMemory(0, arrived.Length);
            arrived.CopyTo(compressed);
            if (TryUse(number, compressed.Span, window.Span, decompressor))
            {
                return true;
            }

            bool hasOther;
            do
            {
                hasOther = source.TryAvoid(files.Layer);
                await ReadAsync(Spans[number].CompressedStart, compressed, cancellationToken).ConfigureAwait(false);
                if (TryUse(number, compressed.Span, window.Span, decompressor))
                {
                    return true;
                }
            }
            while (hasOther);
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Task ReadAsync(long start, Memory<byte> destination, CancellationToken cancellationToken) =>
        statistics.CountAsync(() => source.ReadRangeAsync(files.Layer, start, destination, cancellationToken), destination.Length, clock);

    /// <summary>Uses what the disk kept of a span when the host stopped.</summary>
    private async Task<bool> TryRestoreAsync(int number, SpanDecompressor decompressor, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Spans[number].CompressedLength);
        try
        {
            Memory<byte> compressed = buffer.AsMemory(0, Spans[number].CompressedLength);
            if (!TryRead(files.Blob, Spans[number].CompressedStart, compressed.Span))
            {
                return false;
            }

            ReadOnlyMemory<byte> window = await windowFetch.ReadAsync(number, number + 1, cancellationToken).ConfigureAwait(false);
            return TryUse(number, compressed.Span, window.Span, decompressor);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool TryRead(SafeFileHandle file, long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int count = RandomAccess.Read(file, destination, offset);
            if (count == 0)
            {
                return false;
            }

            offset += count;
            destination = destination[count..];
        }

        return true;
    }

    private static bool IsCorrect(LayerSpan span, ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return hash.SequenceEqual(span.Digest.Span);
    }

    /// <param name="number">The span.</param>
    /// <param name="compressed">Its compressed bytes, which may be wrong.</param>
    /// <param name="windows">Begin with its window.</param>
    /// <param name="decompressor">Decompresses it.</param>
    /// <returns>False if the bytes are not those of the span.</returns>
    private bool TryUse(int number, ReadOnlySpan<byte> compressed, ReadOnlySpan<byte> windows, SpanDecompressor decompressor)
    {
        LayerSpan span = Spans[number];
        bool isOfContent = files.Index.Form == IndexForm.Chunks;
        if (!isOfContent && !IsCorrect(span, compressed))
        {
            return false;
        }

        byte[] content = ArrayPool<byte>.Shared.Rent(span.Length);
        try
        {
            if (!TryDecompress(span, compressed, windows[..span.WindowLength], decompressor, content.AsSpan(0, span.Length), mayFail: isOfContent) || (isOfContent && !IsCorrect(span, content.AsSpan(0, span.Length))))
            {
                return false;
            }

            RandomAccess.Write(files.Content, content.AsSpan(0, span.Length), span.Start);
            RandomAccess.Write(files.Blob, compressed, span.CompressedStart);
            files.Map.SetPresent(number);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }

    private static bool TryDecompress(LayerSpan span, ReadOnlySpan<byte> compressed, ReadOnlySpan<byte> window, SpanDecompressor decompressor, Span<byte> content, bool mayFail)
    {
        try
        {
            decompressor.Decompress(span, compressed, window, content);
            return true;
        }
        catch (ImageException) when (mayFail)
        {
            // Nothing is verified yet: they may be wrong bytes.
            return false;
        }
    }

    private ImageException Mismatch(int number) => new(
        ImageError.DigestMismatch,
        $"cannot use the layer {files.Layer.Digest}: its bytes {Spans[number].CompressedStart} to {Spans[number].CompressedEnd} from {source.Name} are not what the index says; the registry or the connection is faulty");
}
