using Hearth.FileTree.Overlaying;

namespace Hearth.FileTree;

/// <summary>
/// Lays trees and single files over a tree, in order, each over what the ones before it left: what mounting them there would
/// show, computed. A destination is resolved inside the tree alone: its symbolic links are followed as a process with the
/// tree as its root would, and what is missing of the path is made as directories of root's with mode 0755. What lies
/// beneath a layer is not in the result. Names of one node stay one node within a layer, and never become one across layers.
/// </summary>
public static class TreeOverlay
{
    /// <summary><see cref="Node.Origin"/> has 16 bits, and 0 is the tree beneath.</summary>
    public const int MostLayers = ushort.MaxValue;

    /// <param name="base">The tree beneath.</param>
    /// <param name="layers">What is laid over it.</param>
    /// <returns>A tree whose nodes have as <see cref="Node.Origin"/> 0 for the base and 1, 2, … for the layers.</returns>
    /// <exception cref="FileTreeException">
    /// A destination is the root, has more than 40 symbolic links on its way, leads through what is no directory, or is a
    /// directory where the source is none, or the other way round.
    /// </exception>
    public static WalkedTree Lay(WalkedTree @base, IReadOnlyList<TreeLayer> layers)
    {
        if (layers.Count == 0)
        {
            return @base;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(layers.Count, MostLayers);
        var view = new OverlayView([@base, .. layers.Select(layer => layer.Source)]);
        for (int i = 0; i < layers.Count; i++)
        {
            new DestinationPath(view, layers[i].Destination).Lay(new Place(i + 1, Tree.Root));
        }

        return new OverlayAssembly(view).Assemble();
    }
}
