namespace Hearth.Linux.Fuse;

/// <summary>
/// What kernel and server can do, as the INIT exchange says it: linux/fuse.h, FUSE_ASYNC_READ and following. The lower
/// half travels in flags, the upper in flags2, which counts only beside <see cref="InitExt"/>.
/// </summary>
[Flags]
public enum FuseInitFlags : ulong
{
    None = 0,
    AsyncRead = 1 << 0,
    AtomicTruncate = 1 << 3,
    BigWrites = 1 << 5,

    /// <summary>The server applies the umask, which comes with each request that makes something.</summary>
    DoNotMask = 1 << 6,
    SpliceWrite = 1 << 7,
    SpliceMove = 1 << 8,
    SpliceRead = 1 << 9,

    /// <summary>The kernel drops what it keeps of a file when its size or time of change is found to be another.</summary>
    AutoInvalidateData = 1 << 12,
    DoReadDirPlus = 1 << 13,

    /// <summary>READDIRPLUS only where the entries are looked up as well.</summary>
    ReadDirPlusAuto = 1 << 14,
    AsyncDirectIO = 1 << 15,
    ParallelDirectoryOperations = 1 << 18,
    AbortError = 1 << 21,
    MaxPages = 1 << 22,
    CacheSymlinks = 1 << 23,
    ExplicitInvalidateData = 1 << 25,

    /// <summary>The server takes set-id bits and capabilities off what is written, and is told when (since 7.33).</summary>
    HandleKillPrivilegesV2 = 1 << 28,
    InitExt = 1 << 30,

    /// <summary>Files opened with <see cref="FuseOpenFlags.DirectIO"/> may be mapped shared (since 7.39, Linux 6.6).</summary>
    DirectIOAllowMap = 1UL << 36,
}

/// <summary>How the kernel is to treat an opened file: linux/fuse.h, FOPEN_DIRECT_IO and following.</summary>
[Flags]
public enum FuseOpenFlags : uint
{
    None = 0,

    /// <summary>Each read comes to the server; the page cache is passed by.</summary>
    DirectIO = 1 << 0,

    /// <summary>What earlier opens left in the page cache stays valid.</summary>
    KeepCache = 1 << 1,

    /// <summary>The kernel may keep the directory's entries.</summary>
    CacheDirectory = 1 << 3,

    /// <summary>close(2) sends no FLUSH (since 7.35).</summary>
    NoFlush = 1 << 5,
}

/// <summary>How OPEN and CREATE are meant beyond open(2)'s flags: linux/fuse.h, FUSE_OPEN_KILL_SUIDGID.</summary>
[Flags]
public enum FuseOpenRequestFlags : uint
{
    None = 0,

    /// <summary>The file is truncated by somebody who may not keep its set-id bits.</summary>
    KillSetIds = 1 << 0,
}

/// <summary>Which members of a SETATTR are meant: linux/fuse.h, FATTR_MODE and following.</summary>
[Flags]
public enum FuseSetAttrFields : uint
{
    None = 0,
    Mode = 1 << 0,
    Uid = 1 << 1,
    Gid = 1 << 2,
    Size = 1 << 3,
    AccessTime = 1 << 4,
    ModificationTime = 1 << 5,
    FileHandle = 1 << 6,
    AccessTimeNow = 1 << 7,
    ModificationTimeNow = 1 << 8,
    LockOwner = 1 << 9,
    ChangeTime = 1 << 10,

    /// <summary>The size is set by somebody who may not keep the file's set-id bits.</summary>
    KillSetIds = 1 << 11,
}

/// <summary>What a WRITE is: linux/fuse.h, FUSE_WRITE_CACHE and following.</summary>
[Flags]
public enum FuseWriteFlags : uint
{
    None = 0,

    /// <summary>From the page cache, of a shared mapping: whose it is, and by which handle, is a guess of the kernel's.</summary>
    FromCache = 1 << 0,
    LockOwner = 1 << 1,

    /// <summary>By somebody who may not keep the file's set-id bits.</summary>
    KillSetIds = 1 << 2,
}

/// <summary>What FSYNC and FSYNCDIR are to write back: linux/fuse.h, FUSE_FSYNC_FDATASYNC.</summary>
[Flags]
public enum FuseFsyncFlags : uint
{
    None = 0,
    DataOnly = 1 << 0,
}
