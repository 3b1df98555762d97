using Hearth.Distribution;
using Hearth.Images.Lazy;
using Hearth.Images.Traces;

namespace Hearth.Images.Tests.Lazy;

/// <summary>What a trace names is fetched before it is read.</summary>
public sealed class TracePrefetchTests : IDisposable
{
    private readonly LazyLayer layer = new();

    [Fact]
    public async Task Adjacent_spans_are_fetched_by_one_request_and_reads_find_them()
    {
        using LazyContent content = layer.Open();
        TracePlace[] places = [new(0, 9_000_000, 10), new(0, 300_000, 5000), new(0, 5000, 300_000), new(0, 300_000, 10)];
        await TracePrefetch.RunAsync(places.Select(place => (content, place)), layer.Pace, TestContext.Current.CancellationToken);
        Assert.Equal(2, layer.Source.Requests);
        foreach (TracePlace place in places)
        {
            Assert.True(layer.AssertReadAsync(content, place.Offset, (int)place.Length).IsCompletedSuccessfully);
        }

        Assert.True(content.MissingBytes > layer.Blob.Length / 2);
        Assert.Equal(0, content.Statistics.Misses);
    }

    [Fact]
    public async Task Small_requests_run_at_once_and_the_latency_of_each_hides_the_others()
    {
        using LazyContent content = layer.Open();
        TaskCompletionSource open = new();
        layer.Source.BeforeRead = _ => open.Task;
        Task prefetch = TracePrefetch.RunAsync(
            Enumerable.Range(0, 10).Select(number => (content, new TracePlace(0, number * 2_000_000L, 10))), layer.Pace, TestContext.Current.CancellationToken);
        await WaitForAsync(() => layer.Source.Requests == 4);

        // Who waits for what is coming keeps nothing else from coming.
        Task reading = layer.AssertReadAsync(content, 0, 10);
        open.SetResult();
        await Task.WhenAll(prefetch, reading);
        Assert.Equal((10, 10L), (layer.Source.Requests, content.Statistics.FetchedSpans));
    }

    [Fact]
    public async Task Readers_come_first()
    {
        using LazyContent content = layer.Open();
        layer.Pace.BeginWait(needsRequest: true);
        Task prefetch = TracePrefetch.RunAsync([(content, new TracePlace(0, 0, 10))], layer.Pace, TestContext.Current.CancellationToken);
        await layer.AssertReadAsync(content, 5_000_000, 10);
        Assert.Equal((1, false), (layer.Source.Requests, prefetch.IsCompleted));
        layer.Pace.EndWait(needsRequest: true);
        await prefetch;
        Assert.Equal(2, layer.Source.Requests);
    }

    [Fact]
    public async Task Failures_are_left_to_the_readers()
    {
        using LazyContent content = layer.Open();
        layer.Source.BeforeRead = number => number <= 2 ? throw new ImageException(ImageError.Unreachable, "cannot read: down") : Task.CompletedTask;
        await TracePrefetch.RunAsync([(content, new TracePlace(0, 0, 10)), (content, new TracePlace(0, 9_000_000, 10))], layer.Pace, TestContext.Current.CancellationToken);
        await layer.AssertReadAsync(content, 0, 10);
        Assert.Equal(3, layer.Source.Requests);
    }

    public void Dispose() => layer.Dispose();

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }
}
