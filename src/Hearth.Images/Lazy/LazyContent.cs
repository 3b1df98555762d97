using Hearth.Distribution;
using Hearth.Distribution.Sources;
using Hearth.Layers;
using Hearth.Layers.Index;

namespace Hearth.Images.Lazy;

/// <summary>
/// A layer that is read before it is fetched. A span that is not there is fetched once, however many readers of this process
/// and of others wait for it.
/// </summary>
/// <param name="files">Owned by this.</param>
/// <param name="source">Where the layer is; the caller keeps its ownership.</param>
/// <param name="policy">What reads do while the source fails.</param>
/// <param name="pace">Knows when readers wait; the caller keeps its ownership.</param>
/// <param name="statistics">Counts.</param>
/// <param name="clock">The time of pauses and deadlines.</param>
internal sealed class LazyContent(LazyFiles files, IImageSource source, LazyPolicy policy, FetchPace pace, LazyStatistics statistics, TimeProvider clock) : ILayerContent
{
    /// <summary>What one request of a reader fetches at most, unless a single span is longer.</summary>
    private const int MostRequestBytes = 4 << 20;

    /// <summary>Chunks of small files are fetched with those behind them: a request takes as long for so many bytes as for one.</summary>
    private const int LeastChunkBytes = 128 << 10;

    private const int LeastBytesAhead = 128 << 10;
    private static readonly TimeSpan longestAhead = TimeSpan.FromMilliseconds(50);

    /// <summary>Reads spans that are there; the file is the lazy files'.</summary>
    private readonly StoredContent present = new(files.Layer.Digest, files.Content);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource lifetime = new();

    /// <summary>The end of each span's fetch, while one runs.</summary>
    private readonly Dictionary<int, TaskCompletionSource> fetches = [];

    private readonly SequentialReads sequential = new();

    public LazyStatistics Statistics => statistics;

    internal LazyFiles Files => files;

    internal IImageSource Source => source;

    /// <summary>Compressed bytes of the spans that are not there.</summary>
    public long MissingBytes => Index.Spans.Where((_, number) => !files.Map.IsPresent(number)).Sum(span => (long)span.CompressedLength);

    /// <summary>What a trace's pack has of the layer; null for nothing.</summary>
    public PackedLayer? Packed { get; set; }

    private LayerIndex Index => files.Index;

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty)
        {
            return ValueTask.CompletedTask;
        }

        if (offset < 0 || offset > Index.Size - destination.Length)
        {
            return ValueTask.FromException(Failure($"it ends at {Index.Size}", null));
        }

        int first = Index.FindSpan(offset);
        int last = Index.FindSpan(offset + destination.Length - 1);
        return ArePresent(first, last) ? present.ReadAsync(offset, destination, cancellationToken)
            : Packed?.Find(offset, destination.Length) is { } parts ? ReadPackedAsync(Packed, parts, offset, destination, cancellationToken)
            : FetchAndReadAsync(first, last, offset, destination, cancellationToken);
    }

    /// <summary>Stops fetches; readers that wait get an error.</summary>
    public void Stop() => lifetime.Cancel();

    public void Dispose()
    {
        Stop();
        files.Dispose();
    }

    /// <summary>Fetches the missing ones of some spans, once, without a reader that waits.</summary>
    /// <exception cref="ImageException">They cannot be had.</exception>
    internal Task FetchAsync(int first, int last, CancellationToken cancellationToken) =>
        WaitAsync(BeginFetches(first, last, out _), cancellationToken);

    /// <summary>The compressed bytes of some spans.</summary>
    internal long LengthOf(int first, int last) => Index.Spans[last].CompressedEnd - Index.Spans[first].CompressedStart;

    /// <summary>The last span of those that one request fetches from the given one on.</summary>
    internal int EndOfRequest(int first, int last, int mostBytes)
    {
        int end = first;
        while (end < last && Index.Spans[end + 1].CompressedEnd - Index.Spans[first].CompressedStart <= mostBytes)
        {
            end++;
        }

        return end;
    }

    /// <summary>Whether all spans of some bytes are there.</summary>
    internal bool HasBytes(long offset, long length) => ArePresent(Index.FindSpan(offset), Index.FindSpan(offset + length - 1));

    private async ValueTask ReadPackedAsync(
        PackedLayer packed, IReadOnlyList<(long Offset, int Length)> parts, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (!packed.Has(parts))
        {
            long began = clock.GetTimestamp();
            bool needsRequest = packed.Begin(parts);
            pace.BeginWait(needsRequest);
            try
            {
                if (await packed.TryReadAsync(parts, destination, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }
            finally
            {
                Statistics.AddMiss(clock.GetElapsedTime(began));
                pace.EndWait(needsRequest);
            }
        }
        else if (await packed.TryReadAsync(parts, destination, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        await FetchAndReadAsync(Index.FindSpan(offset), Index.FindSpan(offset + destination.Length - 1), offset, destination, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask FetchAndReadAsync(int first, int last, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        while (first < last && files.Map.IsPresent(first))
        {
            first++;
        }

        bool needsRequest = BeginWithAhead(first, last);
        pace.BeginWait(needsRequest);
        try
        {
            await FetchPatientlyAsync(first, last, began, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Statistics.AddMiss(clock.GetElapsedTime(began));
            pace.EndWait(needsRequest);
        }

        await present.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins the fetches of some spans, and of those behind them if the reader reads on where another miss was.</summary>
    /// <returns>False if the spans themselves are being fetched already.</returns>
    private bool BeginWithAhead(int first, int last)
    {
        int end = Index.Form == IndexForm.Chunks ? Math.Max(last, EndOfRequest(first, Index.Spans.Count - 1, LeastChunkBytes)) : last;
        int most = EndOfRequest(end, Index.Spans.Count - 1, MostBytesAhead());
        _ = BeginFetches(first, end, out bool hasBegun);
        _ = BeginFetches(end + 1, sequential.Extend(first, end, most), out _);
        return hasBegun;
    }

    /// <summary>What the source sends in a moment: so long a reader of something else may have to wait for it.</summary>
    private int MostBytesAhead() => Statistics.Throughput is { } throughput
        ? (int)Math.Clamp(throughput * longestAhead.TotalSeconds, LeastBytesAhead, MostRequestBytes)
        : LeastBytesAhead;

    private async Task FetchPatientlyAsync(int first, int last, long began, CancellationToken cancellationToken)
    {
        for (TimeSpan pause = policy.FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, policy.LongestPause.Ticks)))
        {
            try
            {
                await WaitAsync(BeginFetches(first, last, out _), cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ImageException) when (ArePresent(first, last))
            {
                // A fetch failed for another reader's span.
                return;
            }
            catch (ImageException exception) when (LazyPolicy.IsTransient(exception) && clock.GetElapsedTime(began) + pause <= policy.Deadline)
            {
                await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The fetches of all spans that are not there, those that run already among them.</summary>
    private List<Task> BeginFetches(int first, int last, out bool hasBegun)
    {
        List<Task> tasks = [];
        hasBegun = false;
        lock (gate)
        {
            for (int i = first; i <= last; i++)
            {
                if (fetches.TryGetValue(i, out TaskCompletionSource? running))
                {
                    tasks.Add(running.Task);
                }
                else if (!files.Map.IsPresent(i))
                {
                    int end = i;
                    for (int most = EndOfRequest(i, last, MostRequestBytes); end < most && !fetches.ContainsKey(end + 1) && !files.Map.IsPresent(end + 1);)
                    {
                        end++;
                    }

                    tasks.AddRange(BeginFetch(i, end));
                    hasBegun = true;
                    i = end;
                }
            }
        }

        return tasks;
    }

    private IEnumerable<Task> BeginFetch(int first, int last)
    {
        TaskCompletionSource[] ends = [.. Enumerable.Range(first, last - first + 1).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        for (int i = first; i <= last; i++)
        {
            fetches[i] = ends[i - first];
        }

        _ = Task.Run(() => FetchOnceAsync(first, ends));
        return ends.Select(end => end.Task);
    }

    /// <summary>Fetches spans by one request. Who waits for one of them goes on when it is there.</summary>
    private async Task FetchOnceAsync(int first, TaskCompletionSource[] ends)
    {
        Exception? failure = null;
        try
        {
            await new SpanFetch(files, source, Statistics, clock, Arrived).RunAsync(first, ends.Length, lifetime.Token).ConfigureAwait(false);
            policy.Fetched?.Invoke();
        }
        catch (ImageException exception)
        {
            policy.Stalled?.Invoke(exception);
            failure = exception;
        }
        catch (Exception exception) when (lifetime.IsCancellationRequested && exception is OperationCanceledException or ObjectDisposedException)
        {
            failure = Failure("it is closed", exception);
        }
        catch (Exception exception)
        {
            failure = Failure(exception.Message, exception);
        }

        for (int i = 0; i < ends.Length; i++)
        {
            End(first + i, failure);
        }

        void Arrived(int number) => End(number, failure: null);

        void End(int number, Exception? failure)
        {
            lock (gate)
            {
                // Another fetch of the same span may have begun after this one's end.
                if (fetches.GetValueOrDefault(number) == ends[number - first])
                {
                    fetches.Remove(number);
                }
            }

            if (failure is null)
            {
                ends[number - first].TrySetResult();
            }
            else if (ends[number - first].TrySetException(failure))
            {
                // All readers may have gone.
                _ = ends[number - first].Task.Exception;
            }
        }
    }

    private static Task WaitAsync(IEnumerable<Task> tasks, CancellationToken cancellationToken) => Task.WhenAll(tasks).WaitAsync(cancellationToken);

    private bool ArePresent(int first, int last)
    {
        for (int i = first; i <= last; i++)
        {
            if (!files.Map.IsPresent(i))
            {
                return false;
            }
        }

        return true;
    }

    private ImageException Failure(string cause, Exception? exception) =>
        new(ImageError.StorageFailed, $"cannot read the layer {files.Layer.Digest}: {cause}", exception);
}
