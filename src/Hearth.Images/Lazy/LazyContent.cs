using Hearth.Distribution;
using Hearth.Distribution.Sources;
using Hearth.Images.Layers;
using Hearth.Images.Layers.Index;

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

    /// <summary>How far spans are fetched beyond those that a sequential reader waits for.</summary>
    private const int MostSpansAhead = 8;

    /// <summary>Reads spans that are there; the file is the lazy files'.</summary>
    private readonly StoredContent present = new(files.Layer.Digest, files.Content);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource lifetime = new();

    /// <summary>The running fetch of each span that has one.</summary>
    private readonly Dictionary<int, Task> fetches = [];

    /// <summary>The span that a sequential reader misses next, and how many beyond it are then fetched.</summary>
    private int expected = -1;
    private int ahead;

    public LazyStatistics Statistics => statistics;

    internal LazyFiles Files => files;

    internal IImageSource Source => source;

    /// <summary>Compressed bytes of the spans that are not there.</summary>
    public long MissingBytes => Index.Spans.Where((_, number) => !files.Map.IsPresent(number)).Sum(span => (long)span.CompressedLength);

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
        return ArePresent(first, last) ? present.ReadAsync(offset, destination, cancellationToken) : FetchAndReadAsync(first, last, offset, destination, cancellationToken);
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
        WaitAsync(BeginFetches(first, last), cancellationToken);

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

    private async ValueTask FetchAndReadAsync(int first, int last, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        pace.BeginWait();
        try
        {
            FetchAhead(first, last);
            await FetchPatientlyAsync(first, last, began, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Statistics.AddMiss(clock.GetElapsedTime(began));
            pace.EndWait();
        }

        await present.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins fetches that nobody waits for yet, if the reader reads on where another miss was.</summary>
    private void FetchAhead(int first, int last)
    {
        int end;
        last = Index.Form == IndexForm.Chunks ? Math.Max(last, EndOfRequest(first, Index.Spans.Count - 1, LeastChunkBytes)) : last;
        lock (gate)
        {
            ahead = first == expected ? Math.Min(Math.Max(1, 2 * ahead), MostSpansAhead) : 0;
            end = Math.Min(last + ahead, Index.Spans.Count - 1);
            expected = end + 1;
        }

        _ = BeginFetches(first, last);
        _ = BeginFetches(last + 1, end);
    }

    private async Task FetchPatientlyAsync(int first, int last, long began, CancellationToken cancellationToken)
    {
        for (TimeSpan pause = policy.FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, policy.LongestPause.Ticks)))
        {
            try
            {
                await WaitAsync(BeginFetches(first, last), cancellationToken).ConfigureAwait(false);
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
    private HashSet<Task> BeginFetches(int first, int last)
    {
        HashSet<Task> tasks = [];
        lock (gate)
        {
            for (int i = first; i <= last; i++)
            {
                if (fetches.TryGetValue(i, out Task? running))
                {
                    tasks.Add(running);
                }
                else if (!files.Map.IsPresent(i))
                {
                    int end = i;
                    for (int most = EndOfRequest(i, last, MostRequestBytes); end < most && !fetches.ContainsKey(end + 1) && !files.Map.IsPresent(end + 1);)
                    {
                        end++;
                    }

                    tasks.Add(BeginFetch(i, end));
                    i = end;
                }
            }
        }

        return tasks;
    }

    private Task BeginFetch(int first, int last)
    {
        Task fetch = Task.Run(() => FetchOnceAsync(first, last));
        for (int i = first; i <= last; i++)
        {
            fetches[i] = fetch;
        }

        // All readers may have gone.
        _ = fetch.ContinueWith(ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return fetch;
    }

    private async Task FetchOnceAsync(int first, int last)
    {
        try
        {
            await new SpanFetch(files, source, Statistics, clock).RunAsync(first, last - first + 1, lifetime.Token).ConfigureAwait(false);
            policy.Fetched?.Invoke();
        }
        catch (ImageException exception)
        {
            policy.Stalled?.Invoke(exception);
            throw;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Linux.LinuxException)
        {
            throw Failure(exception.Message, exception);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException && lifetime.IsCancellationRequested)
        {
            throw Failure("it is closed", exception);
        }
        finally
        {
            lock (gate)
            {
                for (int i = first; i <= last; i++)
                {
                    fetches.Remove(i);
                }
            }
        }
    }

    private static Task WaitAsync(HashSet<Task> tasks, CancellationToken cancellationToken) => Task.WhenAll(tasks).WaitAsync(cancellationToken);

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
