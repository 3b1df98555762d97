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
    public static Task RunAsync(IEnumerable<(LazyContent Content, TracePlace Place)> places, FetchPace pace, CancellationToken cancellationToken) =>
        RunAsync(
            ListRequests(places).Select(request => (
                request.Content.LengthOf(request.First, request.Last),
                (Func<Task>)(() => request.Content.FetchAsync(request.First, request.Last, cancellationToken)))),
            pace,
            cancellationToken);

    /// <summary>Makes requests in their order.</summary>
    /// <param name="requests">Each with the bytes that it brings.</param>
    /// <param name="pace">Readers come first.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task RunAsync(IEnumerable<(long Bytes, Func<Task> Fetch)> requests, FetchPace pace, CancellationToken cancellationToken)
    {
        using SemaphoreSlim room = new(MostWeight);
        List<Task> running = [];
        try
        {
            foreach ((long bytes, Func<Task> fetch) in requests)
            {
                int weight = bytes <= SmallBytes ? 1 : MostWeight / 2;
                for (int taken = 0; taken < weight; taken++)
                {
                    await room.WaitAsync(cancellationToken).ConfigureAwait(false);
                }

                await pace.WaitForReadersAsync(cancellationToken).ConfigureAwait(false);
                running.Add(FetchAsync(fetch, room, weight));
            }
        }
        finally
        {
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task FetchAsync(Func<Task> fetch, SemaphoreSlim room, int weight)
    {
        try
        {
            await fetch().ConfigureAwait(false);
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
