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
        long before = 0;
        foreach (TracedFile file in trace.Files)
        {
            NodeId? node = FindFile(file, walked, digests);
            foreach (TracedRange range in file.Ranges)
            {
                if (node is { } found && walked.Tree[found].Size is long size && range.Offset < size)
                {
                    SourceIdentity place = walked.IdentityOf(found);
                    places.Add(new TracePlace(SparsePlaces.LayerOf(place), (long)place.Position + range.Offset, Math.Min(range.Length, size - range.Offset), before));
                }

                before = range.Length <= long.MaxValue - before ? before + range.Length : long.MaxValue;
            }
        }

        return places;
    }

    /// <summary>The trace without what the image does not have.</summary>
    public static ImageTrace Fit(ImageTrace trace, WalkedTree walked, ContentDigests digests)
    {
        List<TracedFile> files = [];
        foreach (TracedFile file in trace.Files)
        {
            if (FindFile(file, walked, digests) is { } node)
            {
                long size = walked.Tree[node].Size;
                files.Add(file with { Ranges = [.. file.Ranges.Where(range => range.Offset < size).Select(range => range with { Length = Math.Min(range.Length, size - range.Offset) })] });
            }
        }

        return new ImageTrace(trace.Version, files);
    }

    private static NodeId? FindFile(TracedFile file, WalkedTree walked, ContentDigests digests) =>
        FindNode(walked.Tree, ByteText.Encode(file.Path)) is { } node && digests.Find(node) == file.Digest ? node : null;

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
/// <param name="Before">How many bytes the trace names before it: where it is among the bytes of a <see cref="TracePack"/>.</param>
internal readonly record struct TracePlace(int Layer, long Offset, long Length, long Before = 0)
{
    public long End => Offset + Length;
}
