using Hearth.Distribution;
using Hearth.Images.Indexes;
using Hearth.Images.Lazy;
using Hearth.Layers.Index;
using Hearth.Layers.Spans;

namespace Hearth.Images.Tests.Lazy;

/// <summary>An index that came without its windows: they are fetched with the spans that need them.</summary>
public sealed class WindowFetchTests : IDisposable
{
    private readonly LazyLayer layer = new();

    public WindowFetchTests() => layer.Index = LayerIndexFile.Read(LayerIndexFile.Write(layer.Scanned));

    [Fact]
    public async Task A_read_fetches_the_windows_of_its_spans_and_some_behind_them()
    {
        using LazyContent content = layer.Open();
        LayerSpan span = layer.Index.Spans.First(span => span.WindowLength > 0);
        await layer.AssertReadAsync(content, span.Start + 10, 100);
        long windows = Math.Min(Math.Max(span.WindowLength, 16 << 10), layer.Index.WindowBytes - span.WindowStart);
        Assert.Equal((2, span.CompressedLength + windows), (layer.Source.Requests, content.Statistics.FetchedBytes));
        Assert.InRange(windows, 2 * span.WindowLength, layer.Index.WindowBytes);
        await layer.AssertReadAsync(content, 0, layer.Content.Length);
        Assert.Equal(layer.Scanned.Windows.ToArray(), await File.ReadAllBytesAsync(Path.Combine(layer.Store.Paths.LazyOf(layer.Descriptor.Digest), "windows"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_time_of_windows_counts_so_that_the_rate_is_not_misjudged()
    {
        using LazyContent content = layer.Open();
        layer.Source.BeforeRead = _ => Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System);
        await layer.AssertReadAsync(content, layer.Index.Spans.First(span => span.WindowLength > 0).Start, 100);
        Assert.Equal(2, content.Statistics.Fetches);
        Assert.True(content.Statistics.FetchTime > TimeSpan.FromMilliseconds(50));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(int.MaxValue, false)]
    public async Task Wrong_windows_are_fetched_once_more_and_never_used(int wrongReads, bool isRead)
    {
        LayerSpan span = layer.Index.Spans.First(span => span.WindowLength > 0);
        int reads = 0;
        layer.Source.AfterRead = (_, _, bytes) => bytes.Span[0] ^= (byte)(bytes.Length != span.CompressedLength && ++reads <= wrongReads ? 1 : 0);
        using LazyContent content = layer.Open(TimeSpan.FromSeconds(20));
        Task reading = layer.AssertReadAsync(content, span.Start, 100);
        if (isRead)
        {
            await reading;
        }
        else
        {
            Assert.Contains($"the bytes before {span.Start}", (await Assert.ThrowsAsync<ImageException>(() => reading)).Message);
        }

        Assert.Equal(2, reads);
    }

    [Fact]
    public async Task After_a_restart_of_the_host_lost_windows_are_fetched_again()
    {
        using (LazyContent content = layer.Open(boot: "earlier"))
        {
            await layer.AssertReadAsync(content, 0, layer.Content.Length);
        }

        File.WriteAllBytes(Path.Combine(layer.Store.Paths.LazyOf(layer.Descriptor.Digest), "windows"), new byte[layer.Index.WindowBytes]);
        using LazyContent later = layer.Open(boot: "later");
        await layer.AssertReadAsync(later, 0, layer.Content.Length);
        Assert.Equal(0, later.Statistics.FetchedSpans);

        // Requests of up to 4 MiB run side by side, and each may fetch up to 16 KiB of windows that belong to the next.
        int requests = (layer.Blob.Length / (3 << 20)) + 1;
        Assert.InRange(later.Statistics.FetchedBytes, layer.Index.WindowBytes, layer.Index.WindowBytes + (requests * (16 << 10)));
    }

    [Fact]
    public async Task A_layer_that_is_complete_can_be_indexed_with_its_windows()
    {
        using LazyContent content = layer.Open();
        List<ImageException> failures = [];
        await new BackgroundFetch(content, layer.Pace, TimeSpan.FromMilliseconds(5), TimeProvider.System)
            .RunAsync(() => { }, failures.Add, TestContext.Current.CancellationToken);
        Assert.Empty(failures);
        IndexedLayer indexed = Assert.Single(ImageIndexes.List(layer.Store, new() { SchemaVersion = 2, Layers = [layer.Descriptor] }));
        Assert.Equal(LayerIndexFile.Write(layer.Scanned), indexed.File);
        Assert.Equal(layer.Scanned.Windows.ToArray(), indexed.Windows);
    }

    public void Dispose() => layer.Dispose();
}
