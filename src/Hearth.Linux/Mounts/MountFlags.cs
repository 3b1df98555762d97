namespace Hearth.Linux.Mounts;

/// <summary>Flags of mount(2): the kernel's MS numbers.</summary>
[Flags]
public enum MountFlags : ulong
{
    None = 0,
    ReadOnly = 1,
    NoSetUserId = 1 << 1,
    NoDevices = 1 << 2,
    NoExecution = 1 << 3,
    Synchronous = 1 << 4,
    Remount = 1 << 5,
    MandatoryLocks = 1 << 6,
    DirectorySynchronous = 1 << 7,
    NoSymbolicLinks = 1 << 8,
    NoAccessTime = 1 << 10,
    NoDirectoryAccessTime = 1 << 11,
    Bind = 1 << 12,
    Move = 1 << 13,
    Recursive = 1 << 14,
    Silent = 1 << 15,
    AccessLists = 1 << 16,
    Unbindable = 1 << 17,
    Private = 1 << 18,
    Slave = 1 << 19,
    Shared = 1 << 20,
    RelativeAccessTime = 1 << 21,
    InodeVersion = 1 << 23,
    StrictAccessTime = 1 << 24,
    LazyTime = 1 << 25,
}
