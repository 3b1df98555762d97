using static Hearth.Linux.Tests.Abi.AbiEntry;

namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Fuse.</summary>
internal static class FuseEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } = [.. Numbers, .. Structures];

    private static AbiEntry[] Numbers =>
    [
        new("Fuse.FuseDevice")
        {
            ["MinRequestBufferInBytes"] = "FUSE_MIN_READ_BUFFER",
            ["ReadWrite"] = "O_RDWR",
            ["CloseOnExec"] = "O_CLOEXEC",
            ["EmptyPath"] = "AT_EMPTY_PATH",
            ["DoNotSynchronize"] = "AT_STATX_DONT_SYNC",
            ["StatxSizeInBytes"] = "sizeof(struct statx)",
            ["StatxDeviceMinorOffset"] = "offsetof(struct statx, stx_dev_minor)",
            ["Clone"] = "FUSE_DEV_IOC_CLONE",
        },
        new("Fuse.FuseInitFlags")
        {
            ["AsyncRead"] = "FUSE_ASYNC_READ",
            ["AtomicTruncate"] = "FUSE_ATOMIC_O_TRUNC",
            ["BigWrites"] = "FUSE_BIG_WRITES",
            ["DoNotMask"] = "FUSE_DONT_MASK",
            ["SpliceWrite"] = "FUSE_SPLICE_WRITE",
            ["SpliceMove"] = "FUSE_SPLICE_MOVE",
            ["SpliceRead"] = "FUSE_SPLICE_READ",
            ["AutoInvalidateData"] = "FUSE_AUTO_INVAL_DATA",
            ["DoReadDirPlus"] = "FUSE_DO_READDIRPLUS",
            ["ReadDirPlusAuto"] = "FUSE_READDIRPLUS_AUTO",
            ["AsyncDirectIO"] = "FUSE_ASYNC_DIO",
            ["ParallelDirectoryOperations"] = "FUSE_PARALLEL_DIROPS",
            ["AbortError"] = "FUSE_ABORT_ERROR",
            ["MaxPages"] = "FUSE_MAX_PAGES",
            ["CacheSymlinks"] = "FUSE_CACHE_SYMLINKS",
            ["ExplicitInvalidateData"] = "FUSE_EXPLICIT_INVAL_DATA",
            ["HandleKillPrivilegesV2"] = "FUSE_HANDLE_KILLPRIV_V2",
            ["InitExt"] = "FUSE_INIT_EXT",

            // FUSE_DIRECT_IO_ALLOW_MMAP, which Debian 12's headers (Linux 6.1) do not know yet.
            ["DirectIOAllowMap"] = "1ULL << 36",
        },
        new("Fuse.FuseOpenFlags")
        {
            ["DirectIO"] = "FOPEN_DIRECT_IO",
            ["KeepCache"] = "FOPEN_KEEP_CACHE",
            ["CacheDirectory"] = "FOPEN_CACHE_DIR",
            ["NoFlush"] = "FOPEN_NOFLUSH",
        },
        Opcodes(),
    ];

    private static AbiEntry[] Structures =>
    [
        new("Fuse.FuseInHeader", "struct fuse_in_header")
        {
            ["Length"] = "len",
            ["Opcode"] = "opcode",
            ["Unique"] = "unique",
            ["NodeId"] = "nodeid",
            ["Uid"] = "uid",
            ["Gid"] = "gid",
            ["Pid"] = "pid",
            ["ExtensionLength"] = "total_extlen",
            ["Padding"] = "padding",
        },
        new("Fuse.FuseOutHeader", "struct fuse_out_header") { ["Length"] = "len", ["Error"] = "error", ["Unique"] = "unique" },
        new("Fuse.FuseInitIn", "struct fuse_init_in")
        {
            ["Major"] = "major",
            ["Minor"] = "minor",
            ["MaxReadAhead"] = "max_readahead",
            ["Flags"] = "flags",
            ["Flags2"] = "flags2",
            ["Unused"] = NotTheKernels,
        },
        new("Fuse.FuseInitOut", "struct fuse_init_out")
        {
            ["Major"] = "major",
            ["Minor"] = "minor",
            ["MaxReadAhead"] = "max_readahead",
            ["Flags"] = "flags",
            ["MaxBackground"] = "max_background",
            ["CongestionThreshold"] = "congestion_threshold",
            ["MaxWrite"] = "max_write",
            ["TimeGranularity"] = "time_gran",
            ["MaxPages"] = "max_pages",
            ["MapAlignment"] = "map_alignment",
            ["Flags2"] = "flags2",
            ["Unused"] = NotTheKernels,
        },
        new("Fuse.FuseAttr", "struct fuse_attr")
        {
            ["Inode"] = "ino",
            ["Size"] = "size",
            ["Blocks"] = "blocks",
            ["AccessTime"] = "atime",
            ["ModificationTime"] = "mtime",
            ["ChangeTime"] = "ctime",
            ["AccessTimeNanoseconds"] = "atimensec",
            ["ModificationTimeNanoseconds"] = "mtimensec",
            ["ChangeTimeNanoseconds"] = "ctimensec",
            ["Mode"] = "mode",
            ["LinkCount"] = "nlink",
            ["Uid"] = "uid",
            ["Gid"] = "gid",
            ["Device"] = "rdev",
            ["BlockSize"] = "blksize",
            ["Flags"] = "flags",
        },
        new("Fuse.FuseEntryOut", "struct fuse_entry_out")
        {
            ["NodeId"] = "nodeid",
            ["Generation"] = "generation",
            ["EntryValid"] = "entry_valid",
            ["AttrValid"] = "attr_valid",
            ["EntryValidNanoseconds"] = "entry_valid_nsec",
            ["AttrValidNanoseconds"] = "attr_valid_nsec",
            ["Attr"] = "attr",
        },
        new("Fuse.FuseAttrOut", "struct fuse_attr_out")
        {
            ["AttrValid"] = "attr_valid",
            ["AttrValidNanoseconds"] = "attr_valid_nsec",
            ["Padding"] = NotTheKernels,
            ["Attr"] = "attr",
        },
        new("Fuse.FuseOpenIn", "struct fuse_open_in") { ["Flags"] = "flags", ["OpenFlags"] = "open_flags" },
        new("Fuse.FuseOpenOut", "struct fuse_open_out") { ["FileHandle"] = "fh", ["OpenFlags"] = "open_flags", ["Padding"] = NotTheKernels },
        new("Fuse.FuseReadIn", "struct fuse_read_in")
        {
            ["FileHandle"] = "fh",
            ["Offset"] = "offset",
            ["Size"] = "size",
            ["ReadFlags"] = "read_flags",
            ["LockOwner"] = "lock_owner",
            ["Flags"] = "flags",
            ["Padding"] = NotTheKernels,
        },
        new("Fuse.FuseInterruptIn", "struct fuse_interrupt_in") { ["Unique"] = "unique" },
        new("Fuse.FuseStatFsOut", "struct fuse_statfs_out")
        {
            ["Blocks"] = "st.blocks",
            ["BlocksFree"] = "st.bfree",
            ["BlocksAvailable"] = "st.bavail",
            ["Files"] = "st.files",
            ["FilesFree"] = "st.ffree",
            ["BlockSize"] = "st.bsize",
            ["NameLength"] = "st.namelen",
            ["FragmentSize"] = "st.frsize",
            ["Padding"] = NotTheKernels,
            ["Spare"] = NotTheKernels,
        },
        new("Fuse.FuseDirent", "struct fuse_dirent") { ["Inode"] = "ino", ["Offset"] = "off", ["NameLength"] = "namelen", ["Type"] = "type" },
    ];

    /// <summary>An opcode's C name is its C# name in capitals, but for those that C parts into words.</summary>
    private static AbiEntry Opcodes()
    {
        var entry = new AbiEntry("Fuse.FuseOpcode");
        foreach (string name in KernelMembers.Find(entry.Type).GetEnumNames().Where(name => name != "None"))
        {
            entry[name] = name switch
            {
                "NotifyReply" => "FUSE_NOTIFY_REPLY",
                "BatchForget" => "FUSE_BATCH_FORGET",
                "CopyFileRange" => "FUSE_COPY_FILE_RANGE",
                _ => "FUSE_" + name.ToUpperInvariant(),
            };
        }

        return entry;
    }
}
