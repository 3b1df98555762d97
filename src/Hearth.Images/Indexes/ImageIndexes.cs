using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Images.Store;
using Hearth.Layers.Index;

namespace Hearth.Images.Indexes;

/// <summary>The indexes of an image in the store.</summary>
public static class ImageIndexes
{
    /// <summary>A smaller layer is fetched whole as fast as its index.</summary>
    public const long LeastLayerBytes = 1 << 20;

    /// <summary>The indexes of an image's layers, the lowest layer first.</summary>
    /// <exception cref="ImageException">The store has a layer only in parts, or not at all.</exception>
    public static IReadOnlyList<IndexedLayer> List(ImageStore store, ImageManifest manifest) =>
    [
        .. from layer in manifest.Layers.DistinctBy(layer => layer.Digest)
           let index = store.TryReadIndex(layer.Digest) ?? throw new ImageException(
               ImageError.StorageFailed, $"cannot index the layer {layer.Digest}: not all of it is in the image store; 'hearth pull' fetches it")
           select new IndexedLayer(layer, index, LayerIndexFile.Write(index), store.ReadWindows(index)),
    ];
}

/// <summary>A layer with its index.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Index">Its index.</param>
/// <param name="File">The bytes of the index.</param>
/// <param name="Windows">The bytes of its windows.</param>
public sealed record IndexedLayer(Descriptor Layer, LayerIndex Index, byte[] File, byte[] Windows)
{
    /// <summary>The index and its windows, in bytes.</summary>
    public long Size => (long)File.Length + Windows.Length;

    /// <summary>The parts of the layer that are fetched by themselves.</summary>
    public int SpanCount => Index.Spans.Count;

    /// <summary>Whether a start with the index is faster than without it.</summary>
    public bool IsUseful => Index.HasSpans && Layer.Size >= ImageIndexes.LeastLayerBytes;
}
