using System.Text;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>
/// Builds a tree by paths, for tests: parents are made as needed.
/// </summary>
public sealed class SampleTree
{
    public const long Time = 1_700_000_000;

    private readonly TreeBuilder builder = new();
    private readonly Dictionary<string, int> byPath = [];

    public SampleTree(ushort rootPermissions = 0x1ED) => byPath[""] = builder.AddNode(NewNode(NodeType.Directory, rootPermissions, 0));

    /// <summary>A tree with one of everything.</summary>
    public static SampleTree Everything() => new SampleTree()
        .File("bin/tool", 5000, 0x9ED)
        .HardLink("bin/tool-2", "bin/tool")
        .Xattrs("bin/tool", ("security.capability", Convert.FromHexString("0100000200200000000000000000000000000000")))
        .Directory("tmp", 0x3FF)
        .Xattrs("tmp", ("trusted.label", "one"u8.ToArray()))
        .Xattrs("bin", ("trusted.label", "one"u8.ToArray()))
        .File("empty", 0)
        .Link("link", "bin/tool")
        .Device("null", NodeType.CharacterDevice, 0x103)
        .Device("disk", NodeType.BlockDevice, 0xFFF0_0800)
        .Device("pipe", NodeType.Fifo, 0)
        .Device("socket", NodeType.Socket, 0)
        .File("!first", 1)
        .File(".hidden", 4096)
        .File("..more", 4097);

    public SampleTree Directory(string path, ushort permissions = 0x1ED) => Add(path, NewNode(NodeType.Directory, permissions, 0));

    public SampleTree File(string path, long size, ushort permissions = 0x1A4) => Add(path, NewNode(NodeType.Regular, permissions, size));

    /// <summary>A file large enough for <see cref="PatternContent"/> to have it as zeros.</summary>
    public SampleTree Hole(string path, long size)
    {
        Assert.InRange(size, PatternContent.SmallestHole, long.MaxValue);
        return File(path, size);
    }

    /// <summary>Empty files: the prefix and six digits.</summary>
    public SampleTree Many(int count, string prefix)
    {
        for (int i = 0; i < count; i++)
        {
            File($"{prefix}{i:d6}", 0);
        }

        return this;
    }

    public SampleTree Link(string path, string target)
    {
        Add(path, NewNode(NodeType.SymbolicLink, 0x1FF, 0));
        builder.SetLinkTarget(byPath[path], Encoding.UTF8.GetBytes(target));
        return this;
    }

    public SampleTree HardLink(string path, string existing)
    {
        Name(path, byPath[existing]);
        return this;
    }

    public SampleTree Device(string path, NodeType type, uint deviceNumber) => Add(path, NewNode(type, 0x180, 0) with { DeviceNumber = deviceNumber });

    public SampleTree Xattrs(string path, params (string Name, byte[] Value)[] xattrs)
    {
        builder.SetXattrs(byPath[path], xattrs.Select(x => new Xattr(Encoding.UTF8.GetBytes(x.Name), x.Value)));
        return this;
    }

    public SampleTree Add(string path, Node node)
    {
        int id = builder.AddNode(node);
        byPath[path] = id;
        Name(path, id);
        return this;
    }

    public Tree Build() => builder.Build();

    private static Node NewNode(NodeType type, ushort permissions, long size) => new()
    {
        Mode = (ushort)(((int)type << 12) | permissions),
        Size = size,
        ModifiedSeconds = Time,
    };

    private void Name(string path, int node)
    {
        int slash = path.LastIndexOf('/');
        string parent = slash < 0 ? "" : path[..slash];
        if (!byPath.ContainsKey(parent))
        {
            Directory(parent);
        }

        builder.AddEntry(byPath[parent], Encoding.UTF8.GetBytes(path[(slash + 1)..]), node);
    }
}
