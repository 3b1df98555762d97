using System.Formats.Tar;
using System.IO.Compression;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Tests.Support;
using Hearth.Images.Lazy;
using Hearth.Images.Store;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Tests.Lazy;

/// <summary>A gzip layer of some 24 MiB in a new store, with its index.</summary>
internal sealed class LazyLayer : IDisposable
{
    private const int FileBytes = 1 << 20;
    private const int FileCount = 24;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hearth-lazy-");

    public LazyLayer()
    {
        Content = MakeArchive();
        MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(Content);
        }

        Blob = compressed.ToArray();
        Source = new FaultySource(Blob);
        Descriptor = new Descriptor { MediaType = MediaTypes.OciLayerGzip, DigestText = Digest.Of(Blob).ToString(), Size = Blob.Length };
        Store = new ImageStore(Path.Combine(directory.FullName, "store"));
        Store.Prepare();
        using SafeFileHandle scratch = File.OpenHandle(Path.Combine(directory.FullName, "scratch"), FileMode.CreateNew, FileAccess.Write);
        using MemoryStream windows = new();
        LayerIndex index = LayerScan.Run(
            new MemoryStream(Blob), Descriptor.Digest, Descriptor.Digest, LayerCompression.Gzip, new LayerContentWriter(scratch), windows, new ArchiveWarnings(), CancellationToken.None);
        Scanned = index with { Windows = windows.ToArray() };
        Source.Windows = windows.ToArray();
        Index = Scanned;
    }

    public byte[] Content { get; }

    public byte[] Blob { get; }

    public FaultySource Source { get; }

    public Descriptor Descriptor { get; }

    public ImageStore Store { get; }

    /// <summary>The index as the layer's pull makes it, with its windows.</summary>
    public LayerIndex Scanned { get; }

    public LayerIndex Index { get; set; }

    public FetchPace Pace { get; } = new(TimeSpan.FromMilliseconds(1), TimeProvider.System);

    public LazyContent Open(TimeSpan deadline = default, Action<ImageException>? stalled = null, string? boot = null)
    {
        LazyFiles files = LazyFiles.TryOpen(Store.Paths, Descriptor, Index.Content, Index, boot) ?? throw new InvalidOperationException("the layer is whole");
        return new LazyContent(files, Source, new LazyPolicy(deadline, stalled) { FirstPause = TimeSpan.FromMilliseconds(5) }, Pace, new LazyStatistics(), TimeProvider.System);
    }

    public async Task AssertReadAsync(LazyContent content, long offset, int length)
    {
        byte[] bytes = new byte[length];
        await content.ReadAsync(offset, bytes, TestContext.Current.CancellationToken);
        Assert.True(Content.AsSpan((int)offset, length).SequenceEqual(bytes), $"wrong bytes at {offset}");
    }

    public void Dispose()
    {
        Pace.Dispose();
        directory.Delete(recursive: true);
    }

    private static byte[] MakeArchive()
    {
        MemoryStream archive = new();
        Random random = new(3);
        using (System.Formats.Tar.TarWriter writer = new(archive, leaveOpen: true))
        {
            for (int i = 0; i < FileCount; i++)
            {
                byte[] bytes = new byte[FileBytes];
                random.NextBytes(bytes);
                bytes.AsSpan(0, FileBytes / 4).Fill((byte)'a');
                writer.WriteEntry(new PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, $"file{i}") { DataStream = new MemoryStream(bytes) });
            }
        }

        return archive.ToArray();
    }
}
