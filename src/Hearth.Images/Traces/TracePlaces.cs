using Hearth.FileTree;
using Hearth.Layers.Merging;
using Hearth.Linux.Text;

namespace Hearth.Images.Traces;

/// <summary>Where what a trace names is in the layers of an image. The image may be another build than the one that was traced.</summary>
internal static class TracePlaces
{
    /// <summary>Finds the ranges of files that the tree has with the same content, in the trace's order.</summary>
    /// <param name="trace">It need not fit; what does not is left out.</param>
    /// <param name="walked">The image's files.</param>
    /// <param name="digests">Their digests.</param>
    public static IReadOnlyList<TracePlace> Find(ImageTrace trace, WalkedTree walked, ContentDigests digests)
    {
        List<TracePlace> places = [];
        foreach (TracedFile file in trace.Files)
        {
            if (FindNode(walked.Tree, ByteText.Encode(file.Path)) is not { } node || digests.Find(node) != file.Digest)
            {
                continue;
            }

            SourceIdentity place = walked.IdentityOf(node);
            long size = walked.Tree[node].Size;
            places.AddRange(
                from range in file.Ranges
                where range.Offset < size
                select new TracePlace(SparsePlaces.LayerOf(place), (long)place.Position + range.Offset, Math.Min(range.Length, size - range.Offset)));
        }

        return places;
    }

    private static NodeId? FindNode(Tree tree, ReadOnlySpan<byte> path)
    {
        NodeId node = Tree.Root;
        foreach (Range part in path[1..].Split((byte)'/'))
        {
            if (tree.Find(node, path[1..][part]) is not { } child)
            {
                return null;
            }

            node = child;
        }

        return node;
    }
}

/// <summary>Bytes of a layer.</summary>
/// <param name="Layer">Its number in the image, the lowest first.</param>
/// <param name="Offset">In the uncompressed layer.</param>
/// <param name="Length">In bytes.</param>
internal readonly record struct TracePlace(int Layer, long Offset, long Length);
