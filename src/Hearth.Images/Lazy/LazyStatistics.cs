using Hearth.Distribution;

namespace Hearth.Images.Lazy;

/// <summary>Counts of what this process fetched of lazy layers. Thread-safe.</summary>
internal sealed class LazyStatistics
{
    /// <summary>With fewer requests, or with requests of one size, latency and rate cannot be separated.</summary>
    private const int LeastFetches = 8;
    private const double LeastSpread = 0.1;

    /// <summary>So much of the time of requests is taken for latency at most.</summary>
    private const double MostLatency = 0.97;

    private readonly Lock gate = new();
    private readonly long[] fetchCounts = new long[FetchFigures.BoundsInSeconds.Count + 1];
    private long fetchedBytes;
    private long fetches;
    private long failedFetches;
    private long fetchTicks;
    private double squaredBytes;
    private double bytesBySeconds;
    private long fetchedSpans;
    private long misses;
    private long waitedTicks;

    /// <summary>Compressed.</summary>
    public long FetchedBytes => Interlocked.Read(ref fetchedBytes);

    /// <summary>Requests that the source answered.</summary>
    public long Fetches => Interlocked.Read(ref fetches);

    /// <summary>As <see cref="FetchFigures.FetchCounts"/>.</summary>
    public IReadOnlyList<long> FetchCounts
    {
        get
        {
            lock (gate)
            {
                return [.. fetchCounts];
            }
        }
    }

    public long FailedFetches => Interlocked.Read(ref failedFetches);

    /// <summary>The sum over all answered requests.</summary>
    public TimeSpan FetchTime => new(Interlocked.Read(ref fetchTicks));

    public long FetchedSpans => Interlocked.Read(ref fetchedSpans);

    /// <summary>Reads that had to wait.</summary>
    public long Misses => Interlocked.Read(ref misses);

    /// <summary>The sum over all reads.</summary>
    public TimeSpan Waited => new(Interlocked.Read(ref waitedTicks));

    /// <summary>
    /// Compressed bytes a second that large requests bring; null before the first. Small ones take mostly their latency, so the rate is the slope of
    /// the line of least squares through sizes and times, if they say anything about it.
    /// </summary>
    public double? Throughput
    {
        get
        {
            lock (gate)
            {
                double seconds = TimeSpan.FromTicks(fetchTicks).TotalSeconds;
                if (fetches == 0 || seconds <= 0 || fetchedBytes == 0)
                {
                    return null;
                }

                double secondsOfByte = seconds / fetchedBytes;
                double mean = (double)fetchedBytes / fetches;
                double variance = (squaredBytes / fetches) - (mean * mean);
                double slope = ((bytesBySeconds / fetches) - (mean * seconds / fetches)) / variance;
                bool isKnown = fetches >= LeastFetches && variance > Math.Pow(LeastSpread * mean, 2) && slope > 0;
                return 1 / (isKnown ? Math.Clamp(slope, (1 - MostLatency) * secondsOfByte, secondsOfByte) : secondsOfByte);
            }
        }
    }

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
        lock (gate)
        {
            fetches++;
            fetchedBytes += bytes;
            fetchTicks += took.Ticks;
            fetchCounts[FetchFigures.BoundsInSeconds.TakeWhile(bound => bound < took.TotalSeconds).Count()]++;
            squaredBytes += (double)bytes * bytes;
            bytesBySeconds += bytes * took.TotalSeconds;
        }
    }

    public void AddSpan() => Interlocked.Increment(ref fetchedSpans);

    public void AddMiss(TimeSpan waited)
    {
        Interlocked.Increment(ref misses);
        Interlocked.Add(ref waitedTicks, waited.Ticks);
    }
}
