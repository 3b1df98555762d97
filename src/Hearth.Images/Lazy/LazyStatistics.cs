using Hearth.Distribution;

namespace Hearth.Images.Lazy;

/// <summary>Counts of what this process fetched of lazy layers. Thread-safe.</summary>
internal sealed class LazyStatistics
{
    private long fetchedBytes;
    private long fetches;
    private long failedFetches;
    private long fetchTicks;
    private long fetchedSpans;
    private long misses;
    private long waitedTicks;

    /// <summary>Compressed.</summary>
    public long FetchedBytes => Interlocked.Read(ref fetchedBytes);

    /// <summary>Requests that the source answered.</summary>
    public long Fetches => Interlocked.Read(ref fetches);

    public long FailedFetches => Interlocked.Read(ref failedFetches);

    /// <summary>The sum over all answered requests.</summary>
    public TimeSpan FetchTime => new(Interlocked.Read(ref fetchTicks));

    public long FetchedSpans => Interlocked.Read(ref fetchedSpans);

    /// <summary>Reads that had to wait.</summary>
    public long Misses => Interlocked.Read(ref misses);

    /// <summary>The sum over all reads.</summary>
    public TimeSpan Waited => new(Interlocked.Read(ref waitedTicks));

    /// <summary>Compressed bytes a second, while a request runs; null before the first.</summary>
    public double? Throughput => Interlocked.Read(ref fetchTicks) is > 0 and long ticks ? FetchedBytes / TimeSpan.FromTicks(ticks).TotalSeconds : null;

    /// <summary>Counts a request to the source when it ends.</summary>
    /// <param name="request">Makes it.</param>
    /// <param name="bytes">Compressed.</param>
    /// <param name="clock">Measures the time from the request to its last byte.</param>
    public async Task CountAsync(Func<Task> request, long bytes, TimeProvider clock)
    {
        long began = clock.GetTimestamp();
        try
        {
            await request().ConfigureAwait(false);
        }
        catch (ImageException)
        {
            Interlocked.Increment(ref failedFetches);
            throw;
        }

        AddFetch(bytes, clock.GetElapsedTime(began));
    }

    /// <param name="bytes">Compressed.</param>
    /// <param name="took">From the request to its last byte.</param>
    public void AddFetch(long bytes, TimeSpan took)
    {
        Interlocked.Increment(ref fetches);
        Interlocked.Add(ref fetchedBytes, bytes);
        Interlocked.Add(ref fetchTicks, took.Ticks);
    }

    public void AddSpan() => Interlocked.Increment(ref fetchedSpans);

    public void AddMiss(TimeSpan waited)
    {
        Interlocked.Increment(ref misses);
        Interlocked.Add(ref waitedTicks, waited.Ticks);
    }
}
