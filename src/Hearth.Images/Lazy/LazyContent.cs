using Hearth.Distribution;
using Hearth.Distribution.Sources;
using Hearth.Images.Layers.Index;
using Hearth.Images.Roots;

namespace Hearth.Images.Lazy;

/// <summary>
/// A layer that is read before it is fetched. A span that is not there is fetched once, however many readers of this process
/// and of others wait for it.
/// </summary>
/// <param name="files">Owned by this.</param>
/// <param name="source">Where the layer is; the caller keeps its ownership.</param>
/// <param name="policy">What reads do while the source fails.</param>
/// <param name="clock">The time of pauses and deadlines.</param>
internal sealed class LazyContent(LazyFiles files, IImageSource source, LazyPolicy policy, TimeProvider clock) : ILayerContent
{
    /// <summary>What one request fetches at most, unless a single span is longer.</summary>
    private const int MostRequestBytes = 4 << 20;

    /// <summary>Reads spans that are there; the file is the lazy files'.</summary>
    private readonly StoredContent present = new(files.Layer.Digest, files.Content);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource lifetime = new();

    /// <summary>The running fetch of each span that has one.</summary>
    private readonly Dictionary<int, Task> fetches = [];

    private int waitingReaders;
    private TaskCompletionSource? quiet;

    public LazyStatistics Statistics { get; } = new();

    internal LazyFiles Files => files;

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
    public void Dispose()
    {
        lifetime.Cancel();
        files.Dispose();
    }

    /// <summary>Fetches the missing ones of some spans, once, without a reader that waits.</summary>
    /// <exception cref="ImageException">They cannot be had.</exception>
    internal Task FetchAsync(int first, int last, CancellationToken cancellationToken) =>
        WaitAsync(BeginFetches(first, last), cancellationToken);

    /// <summary>Waits until no reader of this process waits for a fetch.</summary>
    internal Task WaitUntilQuietAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return waitingReaders == 0
                ? Task.CompletedTask
                : (quiet ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The last span of those that one request fetches from the given one on.</summary>
    internal int EndOfRequest(int first, int last)
    {
        int end = first;
        while (end < last && Index.Spans[end + 1].CompressedEnd - Index.Spans[first].CompressedStart <= MostRequestBytes)
        {
            end++;
        }

        return end;
    }

    private async ValueTask FetchAndReadAsync(int first, int last, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        lock (gate)
        {
            waitingReaders++;
        }

        try
        {
            await FetchPatientlyAsync(first, last, began, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Statistics.AddMiss(clock.GetElapsedTime(began));
            lock (gate)
            {
                if (--waitingReaders == 0)
                {
                    quiet?.SetResult();
                    quiet = null;
                }
            }
        }

        await present.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
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
                    for (int most = EndOfRequest(i, last); end < most && !fetches.ContainsKey(end + 1) && !files.Map.IsPresent(end + 1);)
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
            await new SpanFetch(files, source, Statistics).RunAsync(first, last - first + 1, lifetime.Token).ConfigureAwait(false);
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
