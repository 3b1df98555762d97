using Hearth.Linux.Files;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>
/// Tells the guest's kernel of files: their attributes, and for how long it may believe them. A file on another device than the
/// root's gets an inode number that no file of the root's has, since the guest sees one device.
/// </summary>
internal sealed class ShareAttributes(in NodeStatus root)
{
    /// <summary>
    /// What changes on the host is seen in the guest after so long at the latest. At each use would cost a request for each name
    /// of each path.
    /// </summary>
    private const ulong ValidInSeconds = 1;

    /// <summary>Inode numbers of real file systems stay below; what of them does not may meet another's.</summary>
    private const int DeviceShift = 48;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, ulong> devices = new() { [root.Device] = 0 };

    /// <summary>Answers LOOKUP and what makes names.</summary>
    public FuseEntryOut Entry(Node node, in NodeStatus status)
    {
        node.NoteTold(status);
        return new FuseEntryOut { NodeId = node.Id, EntryValid = ValidInSeconds, AttrValid = ValidInSeconds, Attr = Of(status) };
    }

    /// <summary>Answers GETATTR and SETATTR.</summary>
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
                // Devices beyond what the bits can tell share the last number.
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
