namespace Hearth.Layers.Merging;

/// <summary>A name in a directory while layers are merged.</summary>
/// <param name="Node">What has the name.</param>
/// <param name="Layer">The layer that gave the name to it.</param>
internal readonly record struct MergedEntry(MergedNode Node, int Layer)
{
    /// <summary>Whether a layer has an entry of this name, or beneath it.</summary>
    public bool IsOf(int layer) => (Node.IsDirectory ? Node.Layer : Layer) == layer;
}
