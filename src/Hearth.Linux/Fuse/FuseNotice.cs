namespace Hearth.Linux.Fuse;

/// <summary>Notifications that a server sends to the kernel: linux/fuse.h, enum fuse_notify_code.</summary>
public enum FuseNotice
{
    None = 0,
    InvalidateInode = 2,
}
