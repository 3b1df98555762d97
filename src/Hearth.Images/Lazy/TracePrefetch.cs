using Hearth.Distribution;
using Hearth.Images.Traces;

namespace Hearth.Images.Lazy;

/// <summary>Fetches what a trace names, in its order and by large requests, while no reader waits for something else.</summary>
internal static class TracePrefetch
{
    /// <summary>Spans of the trace that are fetched in any order, so that adjacent ones need one request.</summary>
    private const int BatchBytes = 1 << 20;

    /// <summary>One hides the latency of the other. With more, the first bytes come later.</summary>
    private const int RequestsAtOnce = 2;

    /// <summary>Runs until everything is there, or was attempted. Failures are left to the readers.</summary>
    public static Task RunAsync(IEnumerable<(LazyContent Content, TracePlace Place)> places, FetchPace pace, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        ListRequests(places),
        new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce, CancellationToken = cancellationToken },
        async (request, token) =>
        {
            await pace.WaitForReadersAsync(token).ConfigureAwait(false);
            try
            {
                await request.Content.FetchAsync(request.First, request.Last, token).ConfigureAwait(false);
            }
            catch (ImageException)
            {
                // The next read of it fetches it again, and reports the failure.
            }
        });

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
