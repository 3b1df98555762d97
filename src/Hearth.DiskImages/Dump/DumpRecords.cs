using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>One field of a superblock, its value formatted for users.</summary>
public readonly record struct DumpField(string Name, string Value);

/// <summary>The purpose of a region of an image.</summary>
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

    /// <summary>Other bytes that nothing refers to; also gaps beyond the 4 GiB that a dump scans.</summary>
    Unknown,
}

/// <summary>A run of an image's bytes.</summary>
/// <param name="Offset">In the image, in bytes.</param>
/// <param name="Length">In bytes, at least 1.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Node">Index in <see cref="ImageDump.Nodes"/> of the node it belongs to, the first of several; -1 for none.</param>
public readonly record struct DumpRegion(long Offset, long Length, RegionKind Kind, int Node)
{
    public const int NoNode = -1;

    public long End => Offset + Length;
}

/// <summary>A directory entry: a name in one node that leads to another.</summary>
public readonly record struct DumpName(int Parent, ReadOnlyMemory<byte> Name, int Node);

/// <summary>An inode as the image stores it.</summary>
public sealed record DumpNode
{
    /// <summary>The format's own number for the inode.</summary>
    public required ulong Number { get; init; }

    /// <summary>Index of the first name of the node; -1 for the root.</summary>
    public required int FirstName { get; init; }

    public required ushort Mode { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required uint LinkCount { get; init; }

    /// <summary>In bytes: of a file or link target; for a directory, the size that the format records.</summary>
    public required long Size { get; init; }

    public required long ModifiedSeconds { get; init; }

    public uint ModifiedNanoseconds { get; init; }

    public uint DeviceNumber { get; init; }

    public ReadOnlyMemory<byte> LinkTarget { get; init; }

    public IReadOnlyList<Xattr> Xattrs { get; init; } = [];

    public NodeType Type => (NodeType)(Mode >> 12);
}
