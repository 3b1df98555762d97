using static Hearth.Linux.Tests.Abi.AbiEntry;

namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Files and Hearth.Linux.Memory.</summary>
internal static class FileEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        new("Files.DeviceNodes") { ["CharacterDevice"] = "S_IFCHR", ["BlockDevice"] = "S_IFBLK" },
        new("Files.ContentFiles")
        {
            ["CurrentDirectory"] = "AT_FDCWD",
            ["ReadOnly"] = "O_RDONLY",
            ["NonBlocking"] = "O_NONBLOCK",
            ["CloseOnExec"] = "O_CLOEXEC",
            ["NoAccessTime"] = "O_NOATIME",
            ["PathOnly"] = "O_PATH",
            ["DirectoryOnly"] = "O_DIRECTORY",
            ["ResolveNoMountCrossing"] = "RESOLVE_NO_XDEV",
            ["ResolveNoMagicLinks"] = "RESOLVE_NO_MAGICLINKS",
            ["ResolveNoSymbolicLinks"] = "RESOLVE_NO_SYMLINKS",
            ["ResolveBeneath"] = "RESOLVE_BENEATH",
            ["EmptyPath"] = "AT_EMPTY_PATH",
            ["IdentityFields"] = "STATX_TYPE | STATX_MODE | STATX_MTIME | STATX_INO | STATX_SIZE",
            ["MostPathBytes"] = "PATH_MAX",
        },
        new("Files.AppendedFiles")
        {
            ["CurrentDirectory"] = "AT_FDCWD",
            ["Permissions"] = "S_IRUSR | S_IWUSR | S_IRGRP",
        },
        new("Files.SmallFiles")
        {
            ["CurrentDirectory"] = "AT_FDCWD",
            ["UsualBytes"] = NotTheKernels,
        },
        new("Files.Renaming")
        {
            ["CurrentDirectory"] = "AT_FDCWD",
        },
        new("Files.NodeTypes")
        {
            ["Fifo"] = "S_IFIFO",
            ["CharacterDevice"] = "S_IFCHR",
            ["Directory"] = "S_IFDIR",
            ["BlockDevice"] = "S_IFBLK",
            ["File"] = "S_IFREG",
            ["SymbolicLink"] = "S_IFLNK",
            ["Socket"] = "S_IFSOCK",
        },
        new("Files.DirectoryFiles")
        {
            ["CurrentDirectory"] = "AT_FDCWD",
            ["NoAccessTime"] = "O_NOATIME",
            ["DoNotSync"] = "AT_STATX_DONT_SYNC",
            ["NoFollow"] = "AT_SYMLINK_NOFOLLOW",
            ["NoAutomount"] = "AT_NO_AUTOMOUNT",
            ["BasicFields"] = "STATX_BASIC_STATS",
            ["AttributeMountRoot"] = "STATX_ATTR_MOUNT_ROOT",
        },
        new("Files.DirectoryEntryReader")
        {
            ["InodeOffset"] = "offsetof(struct dirent64, d_ino)",
            ["OffsetOffset"] = "offsetof(struct dirent64, d_off)",
            ["LengthOffset"] = "offsetof(struct dirent64, d_reclen)",
            ["TypeOffset"] = "offsetof(struct dirent64, d_type)",
            ["NameOffset"] = "offsetof(struct dirent64, d_name)",
        },
        new("Files.ExtendedAttributes")
        {
            ["NoFollow"] = "AT_SYMLINK_NOFOLLOW",
            ["EmptyPath"] = "AT_EMPTY_PATH",
            ["ProcPathOverhead"] = NotTheKernels,
        },
        new("Files.FileAllocation")
        {
            ["EmptyPath"] = "AT_EMPTY_PATH",
            ["BlocksField"] = "STATX_BLOCKS",
            ["BlockBytes"] = NotTheKernels,
        },
        new("Files.FileLocks")
        {
            ["SharedLock"] = "LOCK_SH",
            ["ExclusiveLock"] = "LOCK_EX",
            ["NoWait"] = "LOCK_NB",
            ["NoLock"] = "LOCK_UN",
        },
        new("Files.RangeLocks")
        {
            ["SetLock"] = "F_OFD_SETLK",
            ["SetLockAndWait"] = "F_OFD_SETLKW",
            ["ExclusiveLock"] = "F_WRLCK",
            ["NoLock"] = "F_UNLCK",
            ["FromStart"] = "SEEK_SET",
        },
        new("Files.RangeLock", "struct flock")
        {
            ["Type"] = "l_type",
            ["Whence"] = "l_whence",
            ["Start"] = "l_start",
            ["Length"] = "l_len",
            ["ProcessId"] = "l_pid",
        },
        new("Files.OpenFlags")
        {
            ["WriteOnly"] = "O_WRONLY",
            ["ReadWrite"] = "O_RDWR",
            ["AccessMode"] = "O_ACCMODE",
            ["Execution"] = NotTheKernels,
            ["Create"] = "O_CREAT",
            ["Exclusive"] = "O_EXCL",
            ["NoControllingTerminal"] = "O_NOCTTY",
            ["Truncate"] = "O_TRUNC",
            ["Append"] = "O_APPEND",
            ["NonBlocking"] = "O_NONBLOCK",
            ["DataSynchronous"] = "O_DSYNC",
            ["Synchronous"] = "O_SYNC",
        },
        new("Files.OpenCall")
        {
            ["PathOnly"] = "O_PATH",
            ["CloseOnExec"] = "O_CLOEXEC",
            ["NoFollow"] = "O_NOFOLLOW",
            ["DirectoryOnly"] = "O_DIRECTORY",
            ["ResolveNoMountCrossing"] = "RESOLVE_NO_XDEV",
            ["ResolveNoMagicLinks"] = "RESOLVE_NO_MAGICLINKS",
            ["ResolveNoSymbolicLinks"] = "RESOLVE_NO_SYMLINKS",
            ["ResolveBeneath"] = "RESOLVE_BENEATH",
        },
        new("Files.HeldNodes")
        {
            ["CurrentDirectory"] = "AT_FDCWD",
            ["EmptyPath"] = "AT_EMPTY_PATH",
            ["NoFollow"] = "AT_SYMLINK_NOFOLLOW",
            ["NoAutomount"] = "AT_NO_AUTOMOUNT",
            ["ByEffectiveIds"] = "AT_EACCESS",
            ["AllFields"] = "STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID",
        },
        new("Files.DirectoryChanges")
        {
            ["CurrentDirectory"] = "AT_FDCWD",
            ["FollowLink"] = "AT_SYMLINK_FOLLOW",
            ["RemoveDirectoryFlag"] = "AT_REMOVEDIR",
        },
        new("Files.RenameFlags")
        {
            ["NoReplace"] = "RENAME_NOREPLACE",
            ["Exchange"] = "RENAME_EXCHANGE",
            ["Whiteout"] = "RENAME_WHITEOUT",
        },
        new("Files.NodeChanges") { ["CurrentDirectory"] = "AT_FDCWD", ["EmptyPath"] = "AT_EMPTY_PATH" },
        new("Files.FileTime")
        {
            ["NowMark"] = "UTIME_NOW",
            ["UnchangedMark"] = "UTIME_OMIT",
            ["Seconds"] = NotTheKernels,
            ["Nanoseconds"] = NotTheKernels,
        },
        new("Files.FileLeases")
        {
            ["SetLease"] = "F_SETLEASE",
            ["ReadLease"] = "F_RDLCK",
            ["WriteLease"] = "F_WRLCK",
            ["NoLease"] = "F_UNLCK",
        },
        new("Files.FileWriting") { ["AppendFlag"] = "RWF_APPEND" },
        new("Files.WriteVector", "struct iovec") { ["Start"] = "iov_base", ["Length"] = "iov_len" },
        new("Files.AllocationModes")
        {
            ["KeepSize"] = "FALLOC_FL_KEEP_SIZE",
            ["PunchHole"] = "FALLOC_FL_PUNCH_HOLE",
            ["ZeroRange"] = "FALLOC_FL_ZERO_RANGE",
        },
        new("Files.SeekTarget") { ["Start"] = "SEEK_SET", ["Data"] = "SEEK_DATA", ["Hole"] = "SEEK_HOLE" },
        new("Files.StatFsBuffer", "struct statfs")
        {
            ["Type"] = "f_type",
            ["BlockSize"] = "f_bsize",
            ["Blocks"] = "f_blocks",
            ["BlocksFree"] = "f_bfree",
            ["BlocksAvailable"] = "f_bavail",
            ["Files"] = "f_files",
            ["FilesFree"] = "f_ffree",
            ["NameLength"] = "f_namelen",
            ["FragmentSize"] = "f_frsize",
        },
        new("Memory.ResidentMemory") { ["DoNotNeed"] = "MADV_DONTNEED" },
        new("Memory.MappedFile")
        {
            ["ReadProtection"] = "PROT_READ",
            ["PrivateMapping"] = "MAP_PRIVATE",
        },
        new("Files.FileEnd")
        {
            ["FromEnd"] = "SEEK_END",
        },
        new("Files.KernelFiles")
        {
            ["WriteOnly"] = "O_WRONLY",
            ["CloseOnExec"] = "O_CLOEXEC",
        },
        new("Files.OpenHow", "struct open_how")
        {
            ["Flags"] = "flags",
            ["Mode"] = "mode",
            ["Resolve"] = "resolve",
        },
        new("Files.StatxBuffer", "struct statx")
        {
            ["BlockSize"] = "stx_blksize",
            ["Attributes"] = "stx_attributes",
            ["LinkCount"] = "stx_nlink",
            ["Uid"] = "stx_uid",
            ["Gid"] = "stx_gid",
            ["Mode"] = "stx_mode",
            ["Inode"] = "stx_ino",
            ["Size"] = "stx_size",
            ["Blocks"] = "stx_blocks",
            ["AccessedSeconds"] = "stx_atime.tv_sec",
            ["AccessedNanoseconds"] = "stx_atime.tv_nsec",
            ["BornSeconds"] = "stx_btime.tv_sec",
            ["BornNanoseconds"] = "stx_btime.tv_nsec",
            ["ChangedSeconds"] = "stx_ctime.tv_sec",
            ["ChangedNanoseconds"] = "stx_ctime.tv_nsec",
            ["ModifiedSeconds"] = "stx_mtime.tv_sec",
            ["ModifiedNanoseconds"] = "stx_mtime.tv_nsec",
            ["RawDeviceMajor"] = "stx_rdev_major",
            ["RawDeviceMinor"] = "stx_rdev_minor",
            ["DeviceMajor"] = "stx_dev_major",
            ["DeviceMinor"] = "stx_dev_minor",
            ["MountId"] = "stx_mnt_id",
        },
        new("Files.XattrArguments", "struct xattr_args", when: "defined(XATTR_ARGS_SIZE_VER0) || defined(__NR_getxattrat)")
        {
            ["Value"] = "value",
            ["Size"] = "size",
            ["Flags"] = "flags",
        },
    ];
}
