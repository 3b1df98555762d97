namespace Hearth.Linux.Mounts;

/// <summary>Attributes of fsmount(2): linux/mount.h, MOUNT_ATTR_RDONLY and following.</summary>
[Flags]
public enum MountAttributes : uint
{
    None = 0,
    ReadOnly = 1,
    NoSetUserId = 2,
    NoDevices = 4,
    NoExecution = 8,
}
