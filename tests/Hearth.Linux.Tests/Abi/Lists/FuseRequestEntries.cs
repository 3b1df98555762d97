using static Hearth.Linux.Tests.Abi.AbiEntry;

namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Fuse: the requests that a writable file system gets, and their answers.</summary>
internal static class FuseRequestEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } = [.. Numbers, .. Structures];

    private static AbiEntry[] Numbers =>
    [
        new("Fuse.FuseOpenRequestFlags") { ["KillSetIds"] = "FUSE_OPEN_KILL_SUIDGID" },
        new("Fuse.FuseNotice") { ["InvalidateInode"] = "FUSE_NOTIFY_INVAL_INODE" },
        new("Fuse.FuseFsyncFlags") { ["DataOnly"] = "FUSE_FSYNC_FDATASYNC" },
        new("Fuse.FuseWriteFlags")
        {
            ["FromCache"] = "FUSE_WRITE_CACHE",
            ["LockOwner"] = "FUSE_WRITE_LOCKOWNER",
            ["KillSetIds"] = "FUSE_WRITE_KILL_SUIDGID",
        },
        new("Fuse.FuseSetAttrFields")
        {
            ["Mode"] = "FATTR_MODE",
            ["Uid"] = "FATTR_UID",
            ["Gid"] = "FATTR_GID",
            ["Size"] = "FATTR_SIZE",
            ["AccessTime"] = "FATTR_ATIME",
            ["ModificationTime"] = "FATTR_MTIME",
            ["FileHandle"] = "FATTR_FH",
            ["AccessTimeNow"] = "FATTR_ATIME_NOW",
            ["ModificationTimeNow"] = "FATTR_MTIME_NOW",
            ["LockOwner"] = "FATTR_LOCKOWNER",
            ["ChangeTime"] = "FATTR_CTIME",
            ["KillSetIds"] = "FATTR_KILL_SUIDGID",
        },
    ];

    private static AbiEntry[] Structures =>
    [
        new("Fuse.FuseInvalidateInodeOut", "struct fuse_notify_inval_inode_out")
        {
            ["NodeId"] = "ino",
            ["Offset"] = "off",
            ["Length"] = "len",
        },
        new("Fuse.FuseForgetIn", "struct fuse_forget_in")
        {
            ["Lookups"] = "nlookup",
        },
        new("Fuse.FuseForgetOne", "struct fuse_forget_one")
        {
            ["NodeId"] = "nodeid",
            ["Lookups"] = "nlookup",
        },
        new("Fuse.FuseBatchForgetIn", "struct fuse_batch_forget_in")
        {
            ["Count"] = "count",
            ["Unused"] = NotTheKernels,
        },
        new("Fuse.FuseGetAttrIn", "struct fuse_getattr_in")
        {
            ["Flags"] = "getattr_flags",
            ["Unused"] = NotTheKernels,
            ["FileHandle"] = "fh",
        },
        new("Fuse.FuseSetAttrIn", "struct fuse_setattr_in")
        {
            ["Fields"] = "valid",
            ["Padding"] = NotTheKernels,
            ["FileHandle"] = "fh",
            ["Size"] = "size",
            ["LockOwner"] = "lock_owner",
            ["AccessTime"] = "atime",
            ["ModificationTime"] = "mtime",
            ["ChangeTime"] = "ctime",
            ["AccessTimeNanoseconds"] = "atimensec",
            ["ModificationTimeNanoseconds"] = "mtimensec",
            ["ChangeTimeNanoseconds"] = "ctimensec",
            ["Mode"] = "mode",
            ["Unused4"] = NotTheKernels,
            ["Uid"] = "uid",
            ["Gid"] = "gid",
            ["Unused5"] = NotTheKernels,
        },
        new("Fuse.FuseMkNodIn", "struct fuse_mknod_in")
        {
            ["Mode"] = "mode",
            ["Device"] = "rdev",
            ["Umask"] = "umask",
            ["Padding"] = NotTheKernels,
        },
        new("Fuse.FuseMkDirIn", "struct fuse_mkdir_in")
        {
            ["Mode"] = "mode",
            ["Umask"] = "umask",
        },
        new("Fuse.FuseRenameIn", "struct fuse_rename_in")
        {
            ["NewDirectory"] = "newdir",
        },
        new("Fuse.FuseRename2In", "struct fuse_rename2_in")
        {
            ["NewDirectory"] = "newdir",
            ["Flags"] = "flags",
            ["Padding"] = NotTheKernels,
        },
        new("Fuse.FuseLinkIn", "struct fuse_link_in")
        {
            ["OldNodeId"] = "oldnodeid",
        },

        // FUSE_COMPAT_SETXATTR_IN_SIZE: the structure as it is without FUSE_SETXATTR_EXT, which ends before setxattr_flags.
        new("Fuse.FuseSetXattrIn", "struct { char first[FUSE_COMPAT_SETXATTR_IN_SIZE]; }") { ["Size"] = NotTheKernels, ["Flags"] = NotTheKernels },
        new("Fuse.FuseGetXattrIn", "struct fuse_getxattr_in")
        {
            ["Size"] = "size",
            ["Padding"] = NotTheKernels,
        },
        new("Fuse.FuseAccessIn", "struct fuse_access_in")
        {
            ["Mask"] = "mask",
            ["Padding"] = NotTheKernels,
        },
        new("Fuse.FuseCreateIn", "struct fuse_create_in")
        {
            ["Flags"] = "flags",
            ["Mode"] = "mode",
            ["Umask"] = "umask",
            ["OpenFlags"] = "open_flags",
        },
        new("Fuse.FuseReleaseIn", "struct fuse_release_in")
        {
            ["FileHandle"] = "fh",
            ["Flags"] = "flags",
            ["ReleaseFlags"] = "release_flags",
            ["LockOwner"] = "lock_owner",
        },
        new("Fuse.FuseWriteIn", "struct fuse_write_in")
        {
            ["FileHandle"] = "fh",
            ["Offset"] = "offset",
            ["Size"] = "size",
            ["WriteFlags"] = "write_flags",
            ["LockOwner"] = "lock_owner",
            ["Flags"] = "flags",
            ["Padding"] = NotTheKernels,
        },
        new("Fuse.FuseFsyncIn", "struct fuse_fsync_in")
        {
            ["FileHandle"] = "fh",
            ["Flags"] = "fsync_flags",
            ["Padding"] = NotTheKernels,
        },
        new("Fuse.FuseFallocateIn", "struct fuse_fallocate_in")
        {
            ["FileHandle"] = "fh",
            ["Offset"] = "offset",
            ["Length"] = "length",
            ["Mode"] = "mode",
            ["Padding"] = NotTheKernels,
        },
        new("Fuse.FuseLSeekIn", "struct fuse_lseek_in")
        {
            ["FileHandle"] = "fh",
            ["Offset"] = "offset",
            ["Whence"] = "whence",
            ["Padding"] = NotTheKernels,
        },
        new("Fuse.FuseCopyFileRangeIn", "struct fuse_copy_file_range_in")
        {
            ["FromHandle"] = "fh_in",
            ["FromOffset"] = "off_in",
            ["ToNodeId"] = "nodeid_out",
            ["ToHandle"] = "fh_out",
            ["ToOffset"] = "off_out",
            ["Length"] = "len",
            ["Flags"] = "flags",
        },
        new("Fuse.FuseWriteOut", "struct fuse_write_out")
        {
            ["Size"] = "size",
            ["Padding"] = NotTheKernels,
        },
        new("Fuse.FuseGetXattrOut", "struct fuse_getxattr_out")
        {
            ["Size"] = "size",
            ["Padding"] = NotTheKernels,
        },
        new("Fuse.FuseLSeekOut", "struct fuse_lseek_out")
        {
            ["Offset"] = "offset",
        },
    ];
}
