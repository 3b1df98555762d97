using Hearth.Images.Indexes;

namespace Hearth.Client.Images;

/// <summary>The index of an image's layer.</summary>
/// <param name="Layer">The layer's digest.</param>
/// <param name="LayerBytes">The layer's compressed size.</param>
/// <param name="IndexBytes">The index's size, with its windows.</param>
/// <param name="Spans">The parts of the layer that are fetched by themselves.</param>
/// <param name="Useful">Whether a start with it is faster than without.</param>
public sealed record LayerIndexEntry(string Layer, long LayerBytes, long IndexBytes, int Spans, bool Useful)
{
    internal static LayerIndexEntry Of(IndexedLayer layer) => new(layer.Layer.Digest.ToString(), layer.Layer.Size, layer.Size, layer.SpanCount, layer.IsUseful);
}

/// <param name="Digest">Of the artifact with the indexes, in the image's registry.</param>
public sealed record PushedIndex(string Digest);
