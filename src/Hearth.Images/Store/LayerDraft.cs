using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Layers;
using Hearth.Layers.Index;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Store;

/// <summary>The uncompressed bytes and the index of a layer, while the layer is fetched. It belongs to whoever holds the layer's <see cref="BlobDraft"/>.</summary>
internal sealed class LayerDraft : IDisposable
{
    private readonly StorePaths paths;
    private readonly Descriptor layer;
    private readonly SafeFileHandle content;

    /// <param name="paths">The store's.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="budget">Gives the room for the uncompressed bytes.</param>
    /// <exception cref="IOException">The store cannot be written.</exception>
    public LayerDraft(StorePaths paths, Descriptor layer, StoreBudget budget)
    {
        this.paths = paths;
        this.layer = layer;
        if (Directory.Exists(DirectoryPath))
        {
            Directory.Delete(DirectoryPath, recursive: true);
        }

        Directory.CreateDirectory(DirectoryPath);
        content = File.OpenHandle(Path.Combine(DirectoryPath, "content"), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        Writer = new LayerContentWriter(content, budget.Take);
        Windows = new FileStream(Path.Combine(DirectoryPath, "windows"), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    }

    public LayerContentWriter Writer { get; }

    /// <summary>The windows of the index's spans, which can be more than memory should hold.</summary>
    public FileStream Windows { get; }

    private string DirectoryPath => paths.IngestOf(layer.Digest) + ".layer";

    /// <summary>Moves the verified layer to its place.</summary>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public void Commit(LayerIndex index)
    {
        RandomAccess.FlushToDisk(content);
        Windows.Flush(flushToDisk: true);
        AtomicFile.Write(Path.Combine(DirectoryPath, "index"), LayerIndexFile.Write(index));
        string target = paths.LayerOf(layer.Digest);
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }

        Directory.Move(DirectoryPath, target);
    }

    public void Dispose()
    {
        content.Dispose();
        Windows.Dispose();
        if (Directory.Exists(DirectoryPath))
        {
            Directory.Delete(DirectoryPath, recursive: true);
        }
    }
}
