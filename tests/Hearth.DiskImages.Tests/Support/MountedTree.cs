using System.Globalization;
using System.Text;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>
/// Compares a directory with a tree: every name, attribute, link target, hard link, extended attribute and, on wish, byte.
/// The kernel is the judge and coreutils its voice; none of our own readers take part.
/// </summary>
public static class MountedTree
{
    private const int StatFields = 9;

    /// <param name="mountPoint">The directory, as a rule a mounted image.</param>
    /// <param name="tree">What it has to show.</param>
    /// <param name="digestOf">SHA-256 of what a file has to hold; null where contents are not compared.</param>
    public static void AssertSame(string mountPoint, Tree tree, Func<NodeId, string>? digestOf = null) =>
        AssertSame(mountPoint, tree, PathsOf(tree), digestOf);

    /// <summary>The same for what went through a tar archive, which has no sockets and no root of its own.</summary>
    public static void AssertSameButSocketsAndRoot(string mountPoint, Tree tree, Func<NodeId, string>? digestOf) => AssertSame(
        mountPoint, tree, PathsOf(tree).Where(path => path.Key.Length > 0 && tree[path.Value].Type != NodeType.Socket).ToDictionary(), digestOf);

    private static void AssertSame(string mountPoint, Tree tree, Dictionary<string, NodeId> paths, Func<NodeId, string>? digestOf)
    {
        IEnumerable<string> found = Attributes(mountPoint, out Dictionary<string, string> inodes);
        if (!paths.ContainsKey(""))
        {
            found = found.Where(line => !line.StartsWith("|mode ", StringComparison.Ordinal));
            inodes.Remove("");
        }

        AssertSameLines(paths.Select(p => Describe(tree, p.Key, p.Value)), found);
        AssertSameLines(LinksOf(tree, paths), Split(Find(mountPoint, "-type", "l", "-printf", "%P\\0%l\\0"), 2));
        AssertSameLines(XattrsOf(tree, paths), MountedXattrs.Read(mountPoint));
        AssertSameHardLinks(paths, inodes);
        if (digestOf is not null)
        {
            AssertSameLines(
                paths.Where(p => tree[p.Value].Type == NodeType.Regular).Select(p => $"{digestOf(p.Value)}  ./{p.Key}"),
                Split(Find(mountPoint, "-type", "f", "-exec", "sha256sum", "-z", "--", "{}", "+"), 1));
        }
    }

    private static Dictionary<string, NodeId> PathsOf(Tree tree)
    {
        var paths = new Dictionary<string, NodeId> { [""] = Tree.Root };
        for (int i = 0; i < tree.NodeCount; i++)
        {
            string parent = tree[new NodeId(i)].Type == NodeType.Directory ? Encoding.Latin1.GetString(tree.PathOf(new NodeId(i))) : "";
            foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(new NodeId(i)))
            {
                string name = Encoding.Latin1.GetString(tree.NameOf(entry));
                paths.Add(parent.Length == 0 ? name : $"{parent}/{name}", entry.Node);
            }
        }

        return paths;
    }

    private static string Describe(Tree tree, string path, NodeId id)
    {
        ref readonly Node node = ref tree[id];
        string size = node.Type == NodeType.Directory ? "-" : node.Size.ToString(CultureInfo.InvariantCulture);
        decimal time = node.ModifiedSeconds + (node.ModifiedNanoseconds / 1_000_000_000m);
        (uint major, uint minor) = ((node.DeviceNumber >> 8) & 0xFFF, (node.DeviceNumber & 0xFF) | ((node.DeviceNumber >> 12) & 0xFFF00));
        return $"{path}|mode {node.Mode:x}|{node.Uid}:{node.Gid}|size {size}|time {time:F9}|links {node.LinkCount}|device {major:x}:{minor:x}";
    }

    private static List<string> Attributes(string mountPoint, out Dictionary<string, string> inodes)
    {
        byte[] output = Find(mountPoint, "-exec", "stat", "--printf", "%n\\0%f\\0%u:%g\\0%s\\0%.9Y\\0%h\\0%i\\0%t:%T\\0%F\\0", "--", "{}", "+");
        string[] fields = Encoding.Latin1.GetString(output).Split('\0');
        var lines = new List<string>();
        inodes = [];
        for (int i = 0; i + StatFields < fields.Length; i += StatFields)
        {
            string path = fields[i] == "." ? "" : fields[i][2..];
            string size = fields[i + 8] == "directory" ? "-" : fields[i + 3];
            inodes.Add(path, fields[i + 6]);
            lines.Add($"{path}|mode {fields[i + 1]}|{fields[i + 2]}|size {size}|time {fields[i + 4]}|links {fields[i + 5]}|device {fields[i + 7]}");
        }

        return lines;
    }

    private static IEnumerable<string> LinksOf(Tree tree, Dictionary<string, NodeId> paths) =>
        from path in paths
        where tree[path.Value].Type == NodeType.SymbolicLink
        select $"{path.Key}\0{Encoding.Latin1.GetString(tree.LinkTargetOf(path.Value))}";

    private static List<string> XattrsOf(Tree tree, Dictionary<string, NodeId> paths)
    {
        var lines = new List<string>();
        foreach ((string path, NodeId node) in paths)
        {
            foreach (Xattr xattr in tree.XattrsOf(node))
            {
                lines.Add($"{path}|{Encoding.Latin1.GetString(xattr.Name.Span)}={Convert.ToHexStringLower(xattr.Value.Span)}");
            }
        }

        return lines;
    }

    /// <summary>Two names share an inode in the mount exactly where they share a node in the tree.</summary>
    private static void AssertSameHardLinks(Dictionary<string, NodeId> paths, Dictionary<string, string> inodes)
    {
        foreach (IGrouping<NodeId, string> names in paths.GroupBy(p => p.Value, p => p.Key))
        {
            Assert.Single(names.Select(name => inodes[name]).Distinct());
        }

        Assert.Equal(paths.Values.Distinct().Count(), inodes.Values.Distinct().Count());
    }

    private static byte[] Find(string mountPoint, params string[] arguments) =>
        Command.Run("env", ["-C", mountPoint, "LC_ALL=C", "find", ".", .. arguments]);

    private static IEnumerable<string> Split(byte[] output, int fieldsPerLine) =>
        Encoding.Latin1.GetString(output).Split('\0').SkipLast(1).Chunk(fieldsPerLine).Select(fields => string.Join('\0', fields));

    private static void AssertSameLines(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        string[] wanted = [.. expected.Order(StringComparer.Ordinal)];
        string[] found = [.. actual.Order(StringComparer.Ordinal)];
        if (wanted.AsSpan().SequenceEqual(found))
        {
            return;
        }

        string missing = string.Join('\n', wanted.Except(found).Take(5));
        string extra = string.Join('\n', found.Except(wanted).Take(5));
        Assert.Fail($"what is there differs from the tree; missing:\n{missing}\nfound instead:\n{extra}");
    }
}
