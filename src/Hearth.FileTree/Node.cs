using System.Runtime.InteropServices;

namespace Hearth.FileTree;

/// <summary>
/// An inode of the tree. A hard-linked file is one node with several names.
/// 52 bytes on purpose: the tree of a machine's root has half a million nodes. The fields have this order and no padding,
/// since nodes are stored and hashed as they are in memory (<see cref="TreeParts"/>).
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = sizeof(uint))]
public readonly record struct Node
{
    /// <summary>No node has both.</summary>
    private readonly uint deviceNumberOrEntryCount;

    /// <summary>Type and permission bits as in <c>st_mode</c>, including set-uid, set-gid and sticky.</summary>
    public required ushort Mode { get; init; }

    /// <summary>The number of the source that holds this node's content, if several sources were merged into the tree.</summary>
    public ushort Origin { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>The number of names this node has in the tree; for a directory, two plus its subdirectories.</summary>
    public uint LinkCount { get; init; }

    public uint ModifiedNanoseconds { get; init; }

    /// <summary>Index of the node's extended attributes in its tree, or -1 where it has none.</summary>
    internal int XattrSet { get; init; }

    /// <summary>Bytes of a regular file or of a link's target; 0 for everything else.</summary>
    public long Size { get; init; }

    /// <summary>Seconds since 1970, negative before.</summary>
    public long ModifiedSeconds { get; init; }

    /// <summary>A device's number in the kernel's 32-bit encoding (<c>new_encode_dev</c>); 0 for everything else.</summary>
    public uint DeviceNumber
    {
        get => Type is NodeType.BlockDevice or NodeType.CharacterDevice ? deviceNumberOrEntryCount : 0;
        init => deviceNumberOrEntryCount = value;
    }

    /// <summary>
    /// A directory's first entry, or the first byte of a link's target: in the tree, or in a walker's store before the tree
    /// is built.
    /// </summary>
    internal int First { get; init; }

    /// <summary>A directory's number of entries.</summary>
    public int EntryCount
    {
        get => Type == NodeType.Directory ? (int)deviceNumberOrEntryCount : 0;
        internal init => deviceNumberOrEntryCount = (uint)value;
    }

    /// <summary>The first entry of the node in a walk of the tree; -1 for the root.</summary>
    internal int Name { get; init; }

    public NodeType Type => (NodeType)(Mode >> 12);

    /// <summary>The lower twelve bits of the mode.</summary>
    public ushort Permissions => (ushort)(Mode & 0xFFF);
}
