using Hearth.Distribution;
using Hearth.Images.Indexes;
using Hearth.Images.Layers.Index;
using Hearth.Images.Layers.Spans;
using Hearth.Images.Lazy;

namespace Hearth.Images.Tests.Lazy;

/// <summary>An index that came without its windows: they are fetched with the spans that need them.</summary>
public sealed class WindowFetchTests : IDisposable
{
    private readonly LazyLayer layer = new();

    public WindowFetchTests() => layer.Index = LayerIndexFile.Read(LayerIndexFile.Write(layer.Scanned));

    [Fact]
    public async Task A_read_fetches_only_the_windows_of_its_spans()
    {
        using LazyContent content = layer.Open();
        LayerSpan span = layer.Index.Spans.First(span => span.WindowLength > 0);
        await layer.AssertReadAsync(content, span.Start + 10, 100);
        Assert.Equal((2, (long)span.CompressedLength + span.WindowLength), (layer.Source.Requests, content.Statistics.FetchedBytes));
        await layer.AssertReadAsync(content, 0, layer.Content.Length);
        Assert.Equal(layer.Scanned.Windows.ToArray(), await File.ReadAllBytesAsync(Path.Combine(layer.Store.Paths.LazyOf(layer.Descriptor.Digest), "windows"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(int.MaxValue, false)]
    public async Task Wrong_windows_are_fetched_once_more_and_never_used(int wrongReads, bool isRead)
    {
        LayerSpan span = layer.Index.Spans.First(span => span.WindowLength > 0);
        int reads = 0;
        layer.Source.AfterRead = (_, _, bytes) => bytes.Span[0] ^= (byte)(bytes.Length == span.WindowLength && ++reads <= wrongReads ? 1 : 0);
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
        Assert.Equal((0L, layer.Index.WindowBytes), (later.Statistics.FetchedSpans, later.Statistics.FetchedBytes));
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
