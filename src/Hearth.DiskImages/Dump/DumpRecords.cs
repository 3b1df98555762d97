using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>One field of a superblock, its value written as an operator reads it.</summary>
public readonly record struct DumpField(string Name, string Value);

/// <summary>What a region of an image is for.</summary>
public enum RegionKind
{
    Superblock,
    Inode,
    Xattrs,
    Directory,
    LinkTarget,
    FileData,
    Table,

    /// <summary>Zeros that nothing refers to.</summary>
    Padding,

    /// <summary>Other bytes that nothing refers to, or more of them than a dump looks through (4 GiB).</summary>
    Unknown,
}

/// <summary>A run of an image's bytes.</summary>
/// <param name="Offset">In the image, in bytes.</param>
/// <param name="Length">In bytes, at least 1.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Node">Which of <see cref="ImageDump.Nodes"/> it belongs to, the first of several; -1 for none.</param>
public readonly record struct DumpRegion(long Offset, long Length, RegionKind Kind, int Node)
{
    public const int NoNode = -1;

    public long End => Offset + Length;
}

/// <summary>A directory entry: a name in one node that leads to another.</summary>
public readonly record struct DumpName(int Parent, ReadOnlyMemory<byte> Name, int Node);

/// <summary>An inode as the image has it.</summary>
public sealed record DumpNode
{
    /// <summary>The format's own number for the inode.</summary>
    public required ulong Number { get; init; }

    /// <summary>Index of the name by which it is reached first; -1 for the root.</summary>
    public required int FirstName { get; init; }

    public required ushort Mode { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required uint LinkCount { get; init; }

    /// <summary>Bytes of a file or link target; for a directory what the format counts.</summary>
    public required long Size { get; init; }

    public required long ModifiedSeconds { get; init; }

    public uint ModifiedNanoseconds { get; init; }

    public uint DeviceNumber { get; init; }

    public ReadOnlyMemory<byte> LinkTarget { get; init; }

    public IReadOnlyList<Xattr> Xattrs { get; init; } = [];

    public NodeType Type => (NodeType)(Mode >> 12);
}
