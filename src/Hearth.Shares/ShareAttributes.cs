using Hearth.Linux.Files;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>
/// Builds the attributes of files for the guest's kernel, with the time for which it may cache them. A file on another device than
/// the root's gets an inode number that no file on the root's device has, since the guest sees one device.
/// </summary>
internal sealed class ShareAttributes(in NodeStatus root)
{
    /// <summary>
    /// The guest sees a change on the host after this time at the latest. Without caching, each use of a path would cost a request
    /// for each of its names.
    /// </summary>
    private const ulong ValidInSeconds = 1;

    /// <summary>The bits for inode numbers. Real file systems do not use higher bits; if one does, inode numbers may collide.</summary>
    private const int DeviceShift = 48;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, ulong> devices = new() { [root.Device] = 0 };

    /// <summary>The answer of LOOKUP and of the requests that create names.</summary>
    public FuseEntryOut Entry(Node node, in NodeStatus status)
    {
        node.NoteTold(status);
        return new FuseEntryOut { NodeId = node.Id, EntryValid = ValidInSeconds, AttrValid = ValidInSeconds, Attr = Of(status) };
    }

    /// <summary>The answer of GETATTR and SETATTR.</summary>
    public FuseAttrOut Attributes(Node node, in NodeStatus status)
    {
        node.NoteTold(status);
        return new FuseAttrOut { AttrValid = ValidInSeconds, Attr = Of(status) };
    }

    /// <summary>The inode number that the guest sees.</summary>
    public ulong InodeOf(ulong device, ulong inode)
    {
        lock (gate)
        {
            if (!devices.TryGetValue(device, out ulong number))
            {
                // Devices beyond the range of the bits share the last number.
                number = (ulong)Math.Min(devices.Count, (1 << (64 - DeviceShift)) - 1);
                devices.TryAdd(device, number);
            }

            return inode ^ (number << DeviceShift);
        }
    }

    private FuseAttr Of(in NodeStatus status) => new()
    {
        Inode = InodeOf(status.Device, status.Inode),
        Size = status.Size,
        Blocks = status.Blocks,
        AccessTime = (ulong)status.Accessed.Seconds,
        ModificationTime = (ulong)status.Modified.Seconds,
        ChangeTime = (ulong)status.Changed.Seconds,
        AccessTimeNanoseconds = status.Accessed.Nanoseconds,
        ModificationTimeNanoseconds = status.Modified.Nanoseconds,
        ChangeTimeNanoseconds = status.Changed.Nanoseconds,
        Mode = status.Mode,
        LinkCount = status.LinkCount,
        Uid = status.Uid,
        Gid = status.Gid,
        Device = status.RawDevice,
        BlockSize = status.BlockSize,
    };
}
