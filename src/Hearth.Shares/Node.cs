using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>
/// A file of the share that the guest's kernel knows by a number. It is reached by the descriptor that holds it, or, where that
/// was closed, by its place. Everything but number and key belongs to the <see cref="NodeTable"/>, under its lock.
/// </summary>
internal sealed class Node(ulong id, NodeKey key)
{
    private const ushort SetIdBits = 0xc00;

    public ulong Id { get; } = id;

    /// <summary>What file it is.</summary>
    public NodeKey Key { get; } = key;

    /// <summary>The directory in which it was last seen; null for the root, and where it is not known any more.</summary>
    public Node? Parent { get; set; }

    /// <summary>Its name there, with a NUL.</summary>
    public byte[] Name { get; set; } = [];

    /// <summary>Further places of a file with several names, the newest last; null where there never were any. A directory has none.</summary>
    public List<NodePlace>? OtherPlaces { get; set; }

    /// <summary>How often the kernel was told of it and has not forgotten.</summary>
    public ulong Lookups { get; set; }

    /// <summary>Places of nodes that are in it.</summary>
    public int Children { get; set; }

    /// <summary>
    /// Whether the kernel was last told that the file has set-id bits: it keeps what it was told, and has to hear of it when
    /// writing takes them off.
    /// </summary>
    public bool IsToldSetIds { get; private set; }

    /// <summary>Open handles on it: while there are any its descriptor stays.</summary>
    public int Pins { get; set; }

    public SafeFileHandle? Descriptor { get; set; }

    /// <summary>Its stand among the descriptors that may be closed; null where there is none or it is pinned.</summary>
    public LinkedListNode<Node>? Recency { get; set; }

    /// <summary>Takes note of what the kernel is told.</summary>
    public void NoteTold(in NodeStatus status) => IsToldSetIds = (status.Mode & SetIdBits) != 0;
}

/// <summary>
/// Tells files from each other. The mount is part of it, so that what is seen by two mounts stays apart; the time of birth, since
/// file systems give an inode's number to the next file.
/// </summary>
internal readonly record struct NodeKey(ulong Device, ulong Inode, ulong MountId, FileTime Born, ushort Type)
{
    private const ushort RegularType = 0x8000;
    private const ushort DirectoryType = 0x4000;

    public bool IsRegularFile => Type == RegularType;

    public bool IsDirectory => Type == DirectoryType;

    public static NodeKey Of(in NodeStatus status) => new(status.Device, status.Inode, status.MountId, status.Born, status.Type);
}
