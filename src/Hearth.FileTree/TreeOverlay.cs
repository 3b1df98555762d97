using Hearth.FileTree.Overlaying;

namespace Hearth.FileTree;

/// <summary>
/// Lays trees and single files over a tree in order, each over the result of the previous ones. The result is what mounting
/// them there would show. A destination is resolved inside the tree only: its symbolic links are followed as by a process
/// with the tree as its root. Missing directories of its path are made, owned by root and with mode 0755. What a layer covers
/// is not in the result. Several names of one node stay one node within a layer, and are never joined across layers.
/// </summary>
public static class TreeOverlay
{
    /// <summary><see cref="Node.Origin"/> has 16 bits, and 0 is the base.</summary>
    public const int MostLayers = ushort.MaxValue;

    /// <param name="base">The tree beneath.</param>
    /// <param name="layers">The layers, in order.</param>
    /// <returns>A tree whose nodes have as <see cref="Node.Origin"/> 0 for the base and 1, 2, … for the layers.</returns>
    /// <exception cref="FileTreeException">
    /// A destination is the root, has more than 40 symbolic links in its path, has a path through something that is not a
    /// directory, or is a directory while the source is not, or the reverse.
    /// </exception>
    public static WalkedTree Apply(WalkedTree @base, IReadOnlyList<TreeLayer> layers)
    {
        if (layers.Count == 0)
        {
            return @base;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(layers.Count, MostLayers);
        var view = new OverlayView([@base, .. layers.Select(layer => layer.Source)]);
        for (int i = 0; i < layers.Count; i++)
        {
            new DestinationPath(view, layers[i].Destination).Overlay(new Place(i + 1, Tree.Root));
        }

        return new OverlayAssembly(view).Assemble();
    }
}
