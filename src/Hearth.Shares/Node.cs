using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>
/// A file of the share that the guest's kernel knows by a number. It is reached through its descriptor or, if that was closed,
/// through its place. All members except the number and the key belong to the <see cref="NodeTable"/>, under its lock.
/// </summary>
internal sealed class Node(ulong id, NodeKey key)
{
    private const ushort SetIdBits = 0xc00;

    public ulong Id { get; } = id;

    /// <summary>The identity of the file.</summary>
    public NodeKey Key { get; } = key;

    /// <summary>The directory in which the file was last seen; null for the root, and if it is not known any more.</summary>
    public Node? Parent { get; set; }

    /// <summary>The name in that directory, with a NUL.</summary>
    public byte[] Name { get; set; } = [];

    /// <summary>Other places of a file with several names, the newest last; null if there never were any. A directory has none.</summary>
    public List<NodePlace>? OtherPlaces { get; set; }

    /// <summary>The lookup count: the number of replies with this node that the guest's kernel has not forgotten.</summary>
    public ulong Lookups { get; set; }

    /// <summary>The number of places of other nodes in this directory.</summary>
    public int Children { get; set; }

    /// <summary>
    /// Whether the last reply reported set-id bits for the file. The guest's kernel caches them, so it must be notified when a write
    /// clears them.
    /// </summary>
    public bool IsToldSetIds { get; private set; }

    /// <summary>The number of open handles; while there are any, the descriptor is not closed.</summary>
    public int Pins { get; set; }

    public SafeFileHandle? Descriptor { get; set; }

    /// <summary>The position in the list of descriptors that may be closed; null without a descriptor or if the node is pinned.</summary>
    public LinkedListNode<Node>? Recency { get; set; }

    /// <summary>Records the attributes that a reply reports.</summary>
    public void NoteTold(in NodeStatus status) => IsToldSetIds = (status.Mode & SetIdBits) != 0;
}

/// <summary>
/// The identity of a file. It includes the mount, so a file that is visible through two mounts has two nodes. It includes the time
/// of birth, since file systems reuse inode numbers.
/// </summary>
internal readonly record struct NodeKey(ulong Device, ulong Inode, ulong MountId, FileTime Born, ushort Type)
{
    private const ushort RegularType = 0x8000;
    private const ushort DirectoryType = 0x4000;

    public bool IsRegularFile => Type == RegularType;

    public bool IsDirectory => Type == DirectoryType;

    public static NodeKey Of(in NodeStatus status) => new(status.Device, status.Inode, status.MountId, status.Born, status.Type);
}
