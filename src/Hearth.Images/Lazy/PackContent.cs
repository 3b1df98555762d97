using System.Buffers;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.Sources;
using Hearth.Images.Traces;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;
using ZstdSharp;

namespace Hearth.Images.Lazy;

/// <summary>
/// The bytes of a trace's pack, fetched in its order, or before their turn if a reader waits for them. They are kept in a file;
/// a chunk of it is there if it has its digest, so none is left half-written. Processes share the file; one that fetches a chunk
/// has the lock of its byte behind the pack's end. If anything fails, the pack is given up: the layers have the same bytes. Thread-safe.
/// </summary>
/// <param name="pack">What it has.</param>
/// <param name="file">The file of the pack; owned by this.</param>
/// <param name="sources">Where it can be; the first that has it is used. The caller keeps their ownership.</param>
/// <param name="statistics">Counts.</param>
/// <param name="clock">The time of requests.</param>
/// <param name="stop">Ends requests.</param>
internal sealed class PackContent(
    TracePack pack, SafeFileHandle file, IReadOnlyList<IImageSource> sources, LazyStatistics statistics, TimeProvider clock, CancellationToken stop) : IDisposable
{
    /// <summary>What one request fetches. Two run at once, so that one hides the latency of the other.</summary>
    private const int RequestBytes = 1 << 20;

    private readonly Descriptor blob = new() { DigestText = pack.Digest, Size = pack.Chunks.Sum(chunk => (long)chunk.Length) };
    private readonly long[] starts = StartsOf(pack);
    private readonly long locks = pack.Bytes;
    private readonly Lock gate = new();

    /// <summary>Whether each chunk is there, once it was looked for.</summary>
    private readonly Task<bool>?[] chunks = new Task<bool>?[pack.Chunks.Count];

    private int place;

    /// <summary>Why the pack is not used; null while it is.</summary>
    public ImageException? Failure { get; private set; }

    public long Bytes => pack.Bytes;

    /// <summary>Fetches chunks that nobody has asked for, in order, by large requests.</summary>
    /// <param name="wanted">Whether a chunk is needed.</param>
    /// <param name="pace">Readers come first.</param>
    public Task RunAsync(Func<int, bool> wanted, FetchPace pace) => TracePrefetch.RunAsync(ListRequests(wanted), pace, stop);

    /// <summary>Begins to fetch the chunks of some bytes, if they are neither there nor on their way.</summary>
    /// <returns>Whether there was anything to begin.</returns>
    public bool Begin(long offset, int length)
    {
        bool hasBegun = false;
        for (int i = ChunkAt(offset); i <= ChunkAt(offset + length - 1); i++)
        {
            if (TryClaim(i, 1) is { Length: > 0 } claimed)
            {
                hasBegun = true;
                int first = i;
                _ = Task.Run(() => FetchAsync(first, claimed));
            }
        }

        return hasBegun;
    }

    /// <summary>Whether bytes are there, without a wait.</summary>
    public bool Has(long offset, long length)
    {
        for (int i = ChunkAt(offset); i <= ChunkAt(offset + length - 1); i++)
        {
            if (Volatile.Read(ref chunks[i]) is not { IsCompletedSuccessfully: true, Result: true })
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the chunk of a byte is there, also one that an earlier process fetched.</summary>
    public bool IsKept(long offset)
    {
        int chunk = ChunkAt(offset);
        lock (gate)
        {
            if (chunks[chunk] is null && IsStored(chunk))
            {
                chunks[chunk] = Task.FromResult(true);
            }
        }

        return Has(offset, 1);
    }

    /// <summary>Reads bytes once they are there; <see cref="Begin"/> must have been called for them.</summary>
    /// <returns>False if they cannot be had.</returns>
    public async ValueTask<bool> TryReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        for (int i = ChunkAt(offset); i <= ChunkAt(offset + destination.Length - 1); i++)
        {
            if (Volatile.Read(ref chunks[i]) is not { } chunk || !await chunk.WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        return RandomAccess.Read(file, destination.Span, offset) == destination.Length;
    }

    public void Dispose() => file.Dispose();

    private static int ChunkAt(long offset) => (int)(offset / TracePack.ChunkBytes);

    private static long[] StartsOf(TracePack pack)
    {
        long[] starts = new long[pack.Chunks.Count + 1];
        for (int i = 0; i < pack.Chunks.Count; i++)
        {
            starts[i + 1] = starts[i] + pack.Chunks[i].Length;
        }

        return starts;
    }

    private IEnumerable<(long Bytes, Func<Task> Fetch)> ListRequests(Func<int, bool> wanted)
    {
        for (int first = 0, end; first < chunks.Length; first = end)
        {
            end = first + 1;
            if (!wanted(first))
            {
                continue;
            }

            while (end < chunks.Length && wanted(end) && starts[end + 1] - starts[first] <= RequestBytes)
            {
                end++;
            }

            (int from, int to) = (first, end);
            yield return (starts[end] - starts[first], () => FetchMissingAsync(from, to));
        }
    }

    /// <summary>Fetches those of some chunks that are neither there nor on their way when their turn comes.</summary>
    private async Task FetchMissingAsync(int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            if (TryClaim(i, end - i) is { Length: > 0 } claimed)
            {
                await FetchAsync(i, claimed).ConfigureAwait(false);
                i += claimed.Length - 1;
            }
        }
    }

    /// <summary>Takes over the fetch of the first of some chunks that follow each other, up to one that is there or on its way.</summary>
    private TaskCompletionSource<bool>[] TryClaim(int first, int count)
    {
        List<TaskCompletionSource<bool>> claimed = [];
        lock (gate)
        {
            for (int i = first; i < first + count && chunks[i] is null; i++)
            {
                if (Failure is not null)
                {
                    chunks[i] = Task.FromResult(false);
                    break;
                }

                TaskCompletionSource<bool> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
                chunks[i] = end.Task;
                claimed.Add(end);
            }
        }

        return [.. claimed];
    }

    private async Task FetchAsync(int first, TaskCompletionSource<bool>[] ends)
    {
        try
        {
            await WaitingLock.TakeAsync(file, locks + first, ends.Length, stop).ConfigureAwait(false);
            try
            {
                await FetchLockedAsync(first, ends).ConfigureAwait(false);
            }
            finally
            {
                RangeLocks.Release(file, locks + first, ends.Length);
            }
        }
        catch (ImageException exception)
        {
            GiveUp(exception);
        }
        catch (Exception exception) when (exception is IOException or Linux.LinuxException or ObjectDisposedException or OperationCanceledException)
        {
            GiveUp(new ImageException(ImageError.StorageFailed, $"cannot store the bytes of a trace: {exception.Message}", exception));
        }
        finally
        {
            Array.ForEach(ends, end => end.TrySetResult(false));
        }
    }

    /// <summary>Fetches those that no other process has fetched.</summary>
    private async Task FetchLockedAsync(int first, TaskCompletionSource<bool>[] ends)
    {
        for (int i = 0, next; i < ends.Length; i = next)
        {
            next = i + 1;
            if (IsStored(first + i))
            {
                ends[i].TrySetResult(true);
                continue;
            }

            while (next < ends.Length && !IsStored(first + next))
            {
                next++;
            }

            while (!await TryFetchAsync(first + i, ends[i..next]).ConfigureAwait(false))
            {
                // It is asked for at the next place.
            }
        }
    }

    /// <returns>False if the place does not have it, and there is another one.</returns>
    private async Task<bool> TryFetchAsync(int first, TaskCompletionSource<bool>[] ends)
    {
        int tried = Volatile.Read(ref place);
        int length = (int)(starts[first + ends.Length] - starts[first]);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        ArrivingRange arriving = new();
        Task reading = statistics.CountAsync(() => sources[tried].ReadRangeAsync(blob, starts[first], buffer.AsMemory(0, length), arriving.Arrive, stop), length, clock);
        try
        {
            using Decompressor decompressor = new();
            for (int i = 0; i < ends.Length; i++)
            {
                int start = (int)(starts[first + i] - starts[first]);
                await arriving.WaitAsync(start + pack.Chunks[first + i].Length, reading).ConfigureAwait(false);
                Use(first + i, buffer.AsSpan(start, pack.Chunks[first + i].Length).ToArray(), decompressor);
                ends[i].TrySetResult(true);
            }

            return true;
        }
        catch (ImageException exception) when (exception.Error == ImageError.Unknown && tried + 1 < sources.Count)
        {
            Interlocked.CompareExchange(ref place, tried + 1, tried);
            return false;
        }
        finally
        {
            // The request may still write to the buffer.
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Use(int chunk, ReadOnlySpan<byte> compressed, Decompressor decompressor)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(TracePack.ChunkBytes);
        try
        {
            Span<byte> content = bytes.AsSpan(0, pack.LengthOf(chunk));
            if (decompressor.Unwrap(compressed, content) == content.Length && IsCorrect(chunk, content))
            {
                RandomAccess.Write(file, content, (long)chunk * TracePack.ChunkBytes);
                return;
            }
        }
        catch (ZstdException)
        {
            // They are not what was packed.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        throw new ImageException(ImageError.DigestMismatch, $"cannot use the bytes of the trace {pack.Digest}: what {sources[place].Name} gave does not have its digest");
    }

    private bool IsStored(int chunk)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(TracePack.ChunkBytes);
        try
        {
            Span<byte> content = bytes.AsSpan(0, pack.LengthOf(chunk));
            return RandomAccess.Read(file, content, (long)chunk * TracePack.ChunkBytes) == content.Length && IsCorrect(chunk, content);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private bool IsCorrect(int chunk, ReadOnlySpan<byte> bytes) => TracePacking.DigestOf(bytes) == pack.Chunks[chunk].Digest;

    private void GiveUp(ImageException failure)
    {
        lock (gate)
        {
            Failure ??= failure;
        }
    }
}
