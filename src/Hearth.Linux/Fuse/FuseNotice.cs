namespace Hearth.Linux.Fuse;

/// <summary>What a server tells the kernel unasked: linux/fuse.h, enum fuse_notify_code.</summary>
public enum FuseNotice
{
    None = 0,
    InvalidateInode = 2,
}
