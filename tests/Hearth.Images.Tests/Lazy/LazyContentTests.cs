using Hearth.Distribution;
using Hearth.Images.Lazy;

namespace Hearth.Images.Tests.Lazy;

/// <summary>Reads of a layer of which only parts were fetched.</summary>
public sealed class LazyContentTests : IDisposable
{
    private readonly LazyLayer layer = new();

    [Fact]
    public async Task A_read_fetches_its_spans_and_a_second_one_completes_at_once()
    {
        Assert.InRange(layer.Index.Spans.Count, 100, 400);
        using LazyContent content = layer.Open();
        await layer.AssertReadAsync(content, 3_000_000, 1000);
        Assert.Equal((1, 1L, 1L), (layer.Source.Requests, content.Statistics.FetchedSpans, content.Statistics.Misses));
        Assert.InRange(content.Statistics.FetchedBytes, 1, layer.Blob.Length / 2);
        Assert.True(layer.AssertReadAsync(content, 3_000_000, 1000).IsCompletedSuccessfully);
        await layer.AssertReadAsync(content, 0, layer.Content.Length);
        Assert.Equal(layer.Index.Spans.Count, content.Statistics.FetchedSpans);
    }

    [Fact]
    public async Task Concurrent_readers_of_two_processes_share_one_fetch()
    {
        TaskCompletionSource open = new();
        layer.Source.BeforeRead = _ => open.Task;
        using LazyContent one = layer.Open();
        using LazyContent other = layer.Open();
        Task[] readers = [.. Enumerable.Range(0, 40).Select(i => layer.AssertReadAsync(i % 2 == 0 ? one : other, 100 + i, 50))];
        Assert.DoesNotContain(readers, reader => reader.IsCompleted);
        open.SetResult();
        await Task.WhenAll(readers);
        Assert.Equal(1, layer.Source.Requests);
    }

    [Fact]
    public async Task Who_reads_on_finds_more_than_it_asked_for_also_beside_others()
    {
        const int Step = 128 << 10;
        const int Steps = 40;
        using LazyContent content = layer.Open();
        for (int step = 0; step < Steps; step++)
        {
            await layer.AssertReadAsync(content, 100 + (step * Step), Step);
            await layer.AssertReadAsync(content, 15_000_000 + (step * Step), Step);
        }

        Assert.InRange(content.Statistics.FetchedSpans, Steps, layer.Index.Spans.Count);
        Assert.InRange(content.Statistics.Misses, 1, Steps);
    }

    [Fact]
    public async Task Reads_here_and_there_fetch_only_their_own_spans()
    {
        using LazyContent content = layer.Open();
        int[] spans = [.. Enumerable.Range(1, 20).Select(number => number * 37 % layer.Index.Spans.Count).Distinct()];
        foreach (int span in spans)
        {
            await layer.AssertReadAsync(content, layer.Index.Spans[span].Start, 10);
        }

        Assert.Equal(spans.Length, content.Statistics.FetchedSpans);
    }

    [Fact]
    public async Task A_reader_waits_for_its_own_span_and_not_for_the_request()
    {
        TaskCompletionSource rest = new();
        layer.Source.Arriving = arrived =>
        {
            arrived(layer.Index.Spans[0].CompressedLength - 1);
            arrived(layer.Index.Spans[1].CompressedLength + layer.Index.Spans[0].CompressedLength);
            return rest.Task;
        };
        using LazyContent content = layer.Open();
        Task all = content.FetchAsync(0, 7, TestContext.Current.CancellationToken);
        await layer.AssertReadAsync(content, 0, 10);
        await layer.AssertReadAsync(content, layer.Index.Spans[1].Start, 10);
        Task last = layer.AssertReadAsync(content, layer.Index.Spans[7].Start, 10);
        Assert.Equal((1, false, false), (layer.Source.Requests, all.IsCompleted, last.IsCompleted));
        rest.SetResult();
        await Task.WhenAll(all, last);
        Assert.Equal(1, layer.Source.Requests);
    }

    [Fact]
    public async Task What_changes_after_it_arrived_is_not_used()
    {
        byte[] wrong = new byte[8 << 20];
        layer.Source.AfterRead = (_, _, bytes) => wrong.AsSpan(0, bytes.Length).CopyTo(bytes.Span);
        layer.Source.Arriving = async arrived =>
        {
            // The reader uses the first span meanwhile; what is overwritten behind it has not been verified.
            arrived(layer.Index.Spans[0].CompressedLength);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        };
        using LazyContent content = layer.Open();
        Task all = content.FetchAsync(0, 3, TestContext.Current.CancellationToken);
        await layer.AssertReadAsync(content, 0, 10);
        Assert.Equal(ImageError.DigestMismatch, (await Assert.ThrowsAsync<ImageException>(() => all)).Error);
    }

    /// <summary>Wrong bytes are fetched once more; of a registry with two mirrors, from each of the others. They are never returned.</summary>
    [Theory]
    [InlineData(1, 1, true, 2)]
    [InlineData(1, int.MaxValue, false, 2)]
    [InlineData(3, 1, true, 2)]
    [InlineData(3, 3, true, 4)]
    [InlineData(3, int.MaxValue, false, 4)]
    public async Task Wrong_bytes_are_fetched_again(int places, int wrongReads, bool isRead, int requests)
    {
        layer.Source.Avoid = () => --places > 0;
        layer.Source.AfterRead = (number, _, bytes) => bytes.Span[9] ^= (byte)(number <= wrongReads ? 1 : 0);
        using LazyContent content = layer.Open(TimeSpan.FromSeconds(20));
        Task reading = layer.AssertReadAsync(content, 0, 100);
        if (isRead)
        {
            await reading;
        }
        else
        {
            Assert.Equal(ImageError.DigestMismatch, (await Assert.ThrowsAsync<ImageException>(() => reading)).Error);
        }

        Assert.Equal(requests, layer.Source.Requests);
    }

    /// <summary>A proxy in front of a registry that restarts answers 404 for a while.</summary>
    [Theory]
    [InlineData(ImageError.Unreachable)]
    [InlineData(ImageError.RegistryFault)]
    [InlineData(ImageError.Unauthorized)]
    [InlineData(ImageError.Unknown)]
    public async Task A_source_that_recovers_is_waited_for_or_reported_at_once(ImageError error)
    {
        List<ImageException> stalls = [];
        layer.Source.BeforeRead = number => number <= 3 ? throw new ImageException(error, "cannot read: down") : Task.CompletedTask;
        using LazyContent failing = layer.Open();
        await Assert.ThrowsAsync<ImageException>(() => layer.AssertReadAsync(failing, 0, 100));
        using LazyContent blocking = layer.Open(TimeSpan.FromSeconds(20), stalls.Add);
        await layer.AssertReadAsync(blocking, 0, 100);
        Assert.Equal((2, 4), (stalls.Count, layer.Source.Requests));
    }

    [Fact]
    public async Task A_source_that_does_not_recover_is_an_error_at_the_deadline()
    {
        layer.Source.BeforeRead = _ => throw new ImageException(ImageError.Unreachable, "cannot read: down");
        using LazyContent content = layer.Open(TimeSpan.FromMilliseconds(300));

        Assert.Equal("cannot read: down", (await Assert.ThrowsAsync<ImageException>(() => layer.AssertReadAsync(content, 0, 100))).Message);
        Assert.InRange(layer.Source.Requests, 2, 100);

        // A later read begins anew.
        layer.Source.BeforeRead = _ => Task.CompletedTask;
        await layer.AssertReadAsync(content, 0, 100);
    }

    [Fact]
    public async Task A_process_that_stops_at_any_request_leaves_what_is_right()
    {
        for (int i = 0; i < layer.Index.Spans.Count; i++)
        {
            using LazyContent content = layer.Open();
            layer.Source.BeforeRead = _ => Task.CompletedTask;
            await layer.AssertReadAsync(content, layer.Index.Spans[i].Start, 10);
            layer.Source.BeforeRead = _ => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
            if (i + 1 < layer.Index.Spans.Count)
            {
                Task abandoned = layer.AssertReadAsync(content, layer.Index.Spans[i + 1].Start, 10);
                content.Dispose();
                await Assert.ThrowsAsync<ImageException>(() => abandoned);
            }
        }

        using LazyContent last = layer.Open();
        await layer.AssertReadAsync(last, 0, layer.Content.Length);
        Assert.Equal(0, last.Statistics.FetchedSpans);
    }

    [Fact]
    public async Task After_a_restart_of_the_host_spans_are_verified_again()
    {
        using (LazyContent content = layer.Open(boot: "earlier"))
        {
            await layer.AssertReadAsync(content, 0, layer.Content.Length);
        }

        string blob = Path.Combine(layer.Store.Paths.LazyOf(layer.Descriptor.Digest), "blob");
        using (FileStream file = File.OpenWrite(blob))
        {
            file.Position = 20;
            file.Write(new byte[100]);
        }

        using LazyContent later = layer.Open(boot: "later");
        await layer.AssertReadAsync(later, 0, layer.Content.Length);
        Assert.Equal(1, later.Statistics.FetchedSpans);
    }

    public void Dispose() => layer.Dispose();
}
