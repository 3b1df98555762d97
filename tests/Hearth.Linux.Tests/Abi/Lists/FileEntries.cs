using static Hearth.Linux.Tests.Abi.AbiEntry;

namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Files and Hearth.Linux.Memory.</summary>
internal static class FileEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
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
        new("Files.Renaming")
        {
            ["CurrentDirectory"] = "AT_FDCWD",
            ["ExchangeFlag"] = "RENAME_EXCHANGE",
        },
        new("Files.DirectoryFiles")
        {
            ["CurrentDirectory"] = "AT_FDCWD",
            ["NoAccessTime"] = "O_NOATIME",
            ["CloseOnExec"] = "O_CLOEXEC",
            ["DirectoryOnly"] = "O_DIRECTORY",
            ["DoNotSync"] = "AT_STATX_DONT_SYNC",
            ["ResolveNoMountCrossing"] = "RESOLVE_NO_XDEV",
            ["ResolveNoMagicLinks"] = "RESOLVE_NO_MAGICLINKS",
            ["ResolveNoSymbolicLinks"] = "RESOLVE_NO_SYMLINKS",
            ["ResolveBeneath"] = "RESOLVE_BENEATH",
            ["NoFollow"] = "AT_SYMLINK_NOFOLLOW",
            ["NoAutomount"] = "AT_NO_AUTOMOUNT",
            ["BasicFields"] = "STATX_BASIC_STATS",
            ["AttributeMountRoot"] = "STATX_ATTR_MOUNT_ROOT",
        },
        new("Files.DirectoryEntryReader")
        {
            ["LengthOffset"] = "offsetof(struct dirent64, d_reclen)",
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
            ["Attributes"] = "stx_attributes",
            ["LinkCount"] = "stx_nlink",
            ["Uid"] = "stx_uid",
            ["Gid"] = "stx_gid",
            ["Mode"] = "stx_mode",
            ["Inode"] = "stx_ino",
            ["Size"] = "stx_size",
            ["Blocks"] = "stx_blocks",
            ["ModifiedSeconds"] = "stx_mtime.tv_sec",
            ["ModifiedNanoseconds"] = "stx_mtime.tv_nsec",
            ["RawDeviceMajor"] = "stx_rdev_major",
            ["RawDeviceMinor"] = "stx_rdev_minor",
            ["DeviceMajor"] = "stx_dev_major",
            ["DeviceMinor"] = "stx_dev_minor",
        },
        new("Files.XattrArguments", "struct xattr_args", when: "defined(XATTR_ARGS_SIZE_VER0) || defined(__NR_getxattrat)")
        {
            ["Value"] = "value",
            ["Size"] = "size",
            ["Flags"] = "flags",
        },
    ];
}
