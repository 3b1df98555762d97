using Hearth.Distribution;
using Hearth.Images.Traces;

namespace Hearth.Images.Lazy;

/// <summary>Fetches what a trace names, in its order and by large requests, while no reader waits for something else.</summary>
internal static class TracePrefetch
{
    /// <summary>Spans of the trace that are fetched in any order, so that adjacent ones need one request.</summary>
    private const int BatchBytes = 1 << 20;

    /// <summary>
    /// Requests run at once as long as their weights are within it: two large ones or four small ones, so that one hides the latency of the others.
    /// With more, the first bytes come later.
    /// </summary>
    private const int MostWeight = 4;
    private const int SmallBytes = 128 << 10;

    /// <summary>Runs until everything is there, or was attempted. Failures are left to the readers.</summary>
    public static async Task RunAsync(IEnumerable<(LazyContent Content, TracePlace Place)> places, FetchPace pace, CancellationToken cancellationToken)
    {
        using SemaphoreSlim room = new(MostWeight);
        List<Task> running = [];
        try
        {
            foreach ((LazyContent content, int first, int last) in ListRequests(places))
            {
                int weight = content.LengthOf(first, last) <= SmallBytes ? 1 : MostWeight / 2;
                for (int taken = 0; taken < weight; taken++)
                {
                    await room.WaitAsync(cancellationToken).ConfigureAwait(false);
                }

                await pace.WaitForReadersAsync(cancellationToken).ConfigureAwait(false);
                running.Add(FetchAsync(content, first, last, room, weight, cancellationToken));
            }
        }
        finally
        {
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task FetchAsync(LazyContent content, int first, int last, SemaphoreSlim room, int weight, CancellationToken cancellationToken)
    {
        try
        {
            await content.FetchAsync(first, last, cancellationToken).ConfigureAwait(false);
        }
        catch (ImageException)
        {
            // The next read of it fetches it again, and reports the failure.
        }
        finally
        {
            room.Release(weight);
        }
    }

    private static IEnumerable<(LazyContent Content, int First, int Last)> ListRequests(IEnumerable<(LazyContent Content, TracePlace Place)> places)
    {
        HashSet<(LazyContent, int)> known = [];
        List<(LazyContent Content, int Span)> batch = [];
        long bytes = 0;
        foreach ((LazyContent content, TracePlace place) in places)
        {
            int last = content.Files.Index.FindSpan(place.Offset + place.Length - 1);
            for (int span = content.Files.Index.FindSpan(place.Offset); span <= last; span++)
            {
                if (!known.Add((content, span)) || content.Files.Map.IsPresent(span))
                {
                    continue;
                }

                batch.Add((content, span));
                bytes += content.Files.Index.Spans[span].CompressedLength;
                if (bytes >= BatchBytes)
                {
                    foreach ((LazyContent, int, int) request in Merge(batch))
                    {
                        yield return request;
                    }

                    batch.Clear();
                    bytes = 0;
                }
            }
        }

        foreach ((LazyContent, int, int) request in Merge(batch))
        {
            yield return request;
        }
    }

    /// <summary>Adjacent spans, in the order of the first of each.</summary>
    private static IEnumerable<(LazyContent Content, int First, int Last)> Merge(IReadOnlyList<(LazyContent Content, int Span)> batch)
    {
        HashSet<(LazyContent, int)> left = [.. batch];
        foreach ((LazyContent content, int span) in batch)
        {
            if (!left.Remove((content, span)))
            {
                continue;
            }

            int first = span;
            int last = span;
            while (left.Remove((content, first - 1)))
            {
                first--;
            }

            while (left.Remove((content, last + 1)))
            {
                last++;
            }

            yield return (content, first, last);
        }
    }
}
