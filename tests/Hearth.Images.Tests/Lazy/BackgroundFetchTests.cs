using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.Images.Lazy;

namespace Hearth.Images.Tests.Lazy;

/// <summary>The rest of a lazy layer arrives, and the layer becomes one of the store's.</summary>
public sealed class BackgroundFetchTests : IDisposable
{
    private readonly LazyLayer layer = new();
    private readonly List<ImageException> failures = [];
    private int completions;

    [Fact]
    public async Task Two_processes_fetch_a_layer_once_and_open_readers_keep_working()
    {
        layer.Source.BeforeRead = number => number == 2 ? throw new ImageException(ImageError.Unreachable, "cannot read: down") : Task.CompletedTask;
        using LazyContent one = layer.Open();
        using LazyContent other = layer.Open();
        await layer.AssertReadAsync(one, 5_000_000, 10);
        await Task.WhenAll(RunAsync(one), RunAsync(other));
        Assert.Empty(failures);
        Assert.Equal(2, completions);
        Assert.Equal(layer.Index.Spans.Count, one.Statistics.FetchedSpans + other.Statistics.FetchedSpans);
        Assert.True(layer.Store.HasBlob(layer.Descriptor) && layer.Store.HasLayer(layer.Descriptor.Digest));
        Assert.Equal(layer.Content, await File.ReadAllBytesAsync(layer.Store.Paths.ContentOf(layer.Descriptor.Digest), TestContext.Current.CancellationToken));
        Assert.Equal(layer.Blob, await File.ReadAllBytesAsync(layer.Store.Paths.BlobOf(layer.Descriptor.Digest), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFileSystemEntries(layer.Store.Paths.Lazy));
        Assert.Null(LazyFiles.TryOpen(layer.Store.Paths, layer.Descriptor, layer.Index.Content, layer.Index));
        await layer.AssertReadAsync(other, 0, layer.Content.Length);
    }

    [Fact]
    public async Task A_layer_that_is_wrong_as_a_whole_is_removed()
    {
        Digest wrong = Digest.Of("another content"u8);
        layer.Index = layer.Index with { Content = wrong };
        using LazyContent content = layer.Open();
        await RunAsync(content);
        Assert.Equal(ImageError.DigestMismatch, Assert.Single(failures).Error);
        Assert.False(layer.Store.HasBlob(layer.Descriptor) || layer.Store.HasLayer(layer.Descriptor.Digest));
        Assert.Empty(Directory.EnumerateFileSystemEntries(layer.Store.Paths.Lazy));
    }

    [Fact]
    public async Task Another_process_continues_what_one_left()
    {
        using (LazyContent content = layer.Open())
        {
            using CancellationTokenSource stop = new();
            layer.Source.AfterRead = (_, _, _) => stop.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(content, stop.Token));
        }

        layer.Source.AfterRead = (_, _, _) => { };
        using LazyContent next = layer.Open();
        await RunAsync(next);
        Assert.Equal(1, completions);
        Assert.True(layer.Store.HasLayer(layer.Descriptor.Digest));
    }

    public void Dispose() => layer.Dispose();

    private Task RunAsync(LazyContent content, CancellationToken cancellationToken = default) =>
        new BackgroundFetch(content, layer.Pace, TimeSpan.FromMilliseconds(5), TimeProvider.System)
            .RunAsync(() => Interlocked.Increment(ref completions), failures.Add, cancellationToken);
}
