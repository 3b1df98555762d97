using System.Text;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>Compares what the dumper finds in an image with the tree that the image was planned from.</summary>
public static class DumpedTree
{
    public static ImageDump Read(ImagePlan plan)
    {
        using var content = new PatternContent(plan.Tree);
        using Stream image = new VirtualDisk(plan, content).OpenStream();
        return ImageDump.Read(image, TestContext.Current.CancellationToken);
    }

    public static void AssertSame(Tree tree, ImageDump dump)
    {
        Assert.Equal(tree.NodeCount, dump.Nodes.Count);
        Assert.Equal(tree.EntryCount, dump.Names.Count);
        Assert.Equal(Enumerable.Range(0, tree.NodeCount).SelectMany(i => Describe(tree, new NodeId(i))).Order(StringComparer.Ordinal), Describe(dump).Order(StringComparer.Ordinal));
    }

    /// <summary>Every byte has one region, and none is unknown.</summary>
    public static void AssertAccountedFor(ImageDump dump)
    {
        long end = 0;
        foreach (DumpRegion region in dump.Regions)
        {
            Assert.Equal(end, region.Offset);
            Assert.True(region.Length > 0, "a region of no length");
            Assert.NotEqual(RegionKind.Unknown, region.Kind);
            end = region.End;
        }

        Assert.Equal(dump.Length, end);
    }

    /// <summary>A line for each name of a directory, telling all of the node it leads to; and one for the root.</summary>
    private static IEnumerable<string> Describe(Tree tree, NodeId id)
    {
        if (id == Tree.Root)
        {
            yield return Describe(tree, "", id);
        }

        string path = Encoding.Latin1.GetString(tree.PathOf(id));
        for (int i = 0; i < tree.EntriesOf(id).Length; i++)
        {
            DirectoryEntry entry = tree.EntriesOf(id)[i];
            yield return Describe(tree, $"{path}/{Encoding.Latin1.GetString(tree.NameOf(entry))}", entry.Node);
        }
    }

    private static string Describe(Tree tree, string path, NodeId id)
    {
        Node node = tree[id];
        string target = Encoding.Latin1.GetString(tree.LinkTargetOf(id));
        return Line(
            path, node.Mode, node.Uid, node.Gid, node.LinkCount, node.Size, node.ModifiedSeconds, node.ModifiedNanoseconds, node.DeviceNumber, target,
            tree.XattrsOf(id).ToArray());
    }

    private static IEnumerable<string> Describe(ImageDump dump) => dump.Names
        .Select(name => Describe($"{Encoding.Latin1.GetString(dump.PathOf(name.Parent))}/{Encoding.Latin1.GetString(name.Name.Span)}", dump.Nodes[name.Node]))
        .Append(Describe("", dump.Nodes[0]));

    private static string Describe(string path, DumpNode node) => Line(
        path, node.Mode, node.Uid, node.Gid, node.LinkCount, node.Type == NodeType.Directory ? 0 : node.Size, node.ModifiedSeconds,
        node.ModifiedNanoseconds, node.DeviceNumber, Encoding.Latin1.GetString(node.LinkTarget.Span), node.Xattrs);

    private static string Line(
        string path, ushort mode, uint uid, uint gid, uint links, long size, long seconds, uint nanoseconds, uint device, string target, IEnumerable<Xattr> xattrs)
    {
        IEnumerable<string> texts = xattrs.Select(x => $"{Encoding.Latin1.GetString(x.Name.Span)}={Convert.ToHexString(x.Value.Span)}").Order(StringComparer.Ordinal);
        return $"{path} {mode:x} {uid}:{gid} links {links} size {size} at {seconds}.{nanoseconds} device {device} to '{target}' {string.Join(' ', texts)}";
    }
}
