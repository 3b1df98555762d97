using static Hearth.Linux.Tests.Abi.AbiEntry;

namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Mounts.</summary>
internal static class MountEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        new("Mounts.DetachedMounts")
        {
            ["CurrentDirectory"] = "AT_FDCWD",
            ["SourceIsDescriptor"] = "MOVE_MOUNT_F_EMPTY_PATH",
            ["CloseOnExec"] = "O_CLOEXEC",
            ["CloneTree"] = "OPEN_TREE_CLONE",
            ["EmptyPath"] = "AT_EMPTY_PATH",
            ["Recursively"] = "AT_RECURSIVE",
            ["DetachFlag"] = "MNT_DETACH",
            ["NoFollowFlag"] = "UMOUNT_NOFOLLOW",
        },
        new("Mounts.MountAttributeChange", "struct mount_attr")
        {
            ["Set"] = "attr_set",
            ["Clear"] = "attr_clr",
            ["Propagation"] = "propagation",
            ["UserNamespace"] = "userns_fd",
        },
        new("Mounts.MountAttributes")
        {
            ["ReadOnly"] = "MOUNT_ATTR_RDONLY",
            ["NoSetUserId"] = "MOUNT_ATTR_NOSUID",
            ["NoDevices"] = "MOUNT_ATTR_NODEV",
            ["NoExecution"] = "MOUNT_ATTR_NOEXEC",
        },
        new("Mounts.MountContext")
        {
            ["CloseOnExecContext"] = "FSOPEN_CLOEXEC",
            ["CloseOnExecMount"] = "FSMOUNT_CLOEXEC",
            ["SetFlagCommand"] = "FSCONFIG_SET_FLAG",
            ["SetStringCommand"] = "FSCONFIG_SET_STRING",
            ["CreateCommand"] = "FSCONFIG_CMD_CREATE",
            ["MessageCapacityInBytes"] = NotTheKernels,
        },
        new("Mounts.MountFlags")
        {
            ["ReadOnly"] = "MS_RDONLY",
            ["NoSetUserId"] = "MS_NOSUID",
            ["NoDevices"] = "MS_NODEV",
            ["NoExecution"] = "MS_NOEXEC",
            ["Synchronous"] = "MS_SYNCHRONOUS",
            ["Remount"] = "MS_REMOUNT",
            ["MandatoryLocks"] = "MS_MANDLOCK",
            ["DirectorySynchronous"] = "MS_DIRSYNC",
            ["NoSymbolicLinks"] = "MS_NOSYMFOLLOW",
            ["Silent"] = "MS_SILENT",
            ["AccessLists"] = "MS_POSIXACL",
            ["InodeVersion"] = "MS_I_VERSION",
            ["NoAccessTime"] = "MS_NOATIME",
            ["NoDirectoryAccessTime"] = "MS_NODIRATIME",
            ["Bind"] = "MS_BIND",
            ["Move"] = "MS_MOVE",
            ["Recursive"] = "MS_REC",
            ["Unbindable"] = "MS_UNBINDABLE",
            ["Private"] = "MS_PRIVATE",
            ["Slave"] = "MS_SLAVE",
            ["Shared"] = "MS_SHARED",
            ["RelativeAccessTime"] = "MS_RELATIME",
            ["StrictAccessTime"] = "MS_STRICTATIME",
            ["LazyTime"] = "MS_LAZYTIME",
        },
        new("Mounts.RootedPaths")
        {
            ["PathOnly"] = "O_PATH",
            ["CloseOnExec"] = "O_CLOEXEC",
            ["Create"] = "O_CREAT",
            ["NonBlocking"] = "O_NONBLOCK",
            ["ResolveInRoot"] = "RESOLVE_IN_ROOT",
            ["NoControllingTerminal"] = "O_NOCTTY",
        },
        new("Mounts.UnmountFlags")
        {
            ["Force"] = "MNT_FORCE",
            ["Detach"] = "MNT_DETACH",
            ["NoFollow"] = "UMOUNT_NOFOLLOW",
        },
    ];
}
