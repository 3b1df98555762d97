namespace Hearth.Linux.Fuse;

/// <summary>
/// Features of kernel and server in the INIT exchange: linux/fuse.h, FUSE_ASYNC_READ and following. The lower half is sent in
/// flags. The upper half is sent in flags2, which is valid only with <see cref="InitExt"/>.
/// </summary>
[Flags]
public enum FuseInitFlags : ulong
{
    None = 0,
    AsyncRead = 1 << 0,
    AtomicTruncate = 1 << 3,
    BigWrites = 1 << 5,

    /// <summary>The server applies the umask, which each request that creates a file contains.</summary>
    DoNotMask = 1 << 6,
    SpliceWrite = 1 << 7,
    SpliceMove = 1 << 8,
    SpliceRead = 1 << 9,

    /// <summary>The kernel drops a file's cached data when it sees that its size or modification time has changed.</summary>
    AutoInvalidateData = 1 << 12,
    DoReadDirPlus = 1 << 13,

    /// <summary>The kernel uses READDIRPLUS only if it also looks up the entries.</summary>
    ReadDirPlusAuto = 1 << 14,
    AsyncDirectIO = 1 << 15,
    ParallelDirectoryOperations = 1 << 18,
    AbortError = 1 << 21,
    MaxPages = 1 << 22,
    CacheSymlinks = 1 << 23,
    ExplicitInvalidateData = 1 << 25,

    /// <summary>The server clears set-id bits and capabilities when a file is written; requests say when (since 7.33).</summary>
    HandleKillPrivilegesV2 = 1 << 28,
    InitExt = 1 << 30,

    /// <summary>Files opened with <see cref="FuseOpenFlags.DirectIO"/> can have shared mappings (since 7.39, Linux 6.6).</summary>
    DirectIOAllowMap = 1UL << 36,
}

/// <summary>How the kernel treats an open file: linux/fuse.h, FOPEN_DIRECT_IO and following.</summary>
[Flags]
public enum FuseOpenFlags : uint
{
    None = 0,

    /// <summary>Each read is sent to the server and bypasses the page cache.</summary>
    DirectIO = 1 << 0,

    /// <summary>Data that earlier opens left in the page cache stays valid.</summary>
    KeepCache = 1 << 1,

    /// <summary>The kernel may cache the directory's entries.</summary>
    CacheDirectory = 1 << 3,

    /// <summary>close(2) sends no FLUSH (since 7.35).</summary>
    NoFlush = 1 << 5,
}

/// <summary>Flags of OPEN and CREATE beyond those of open(2): linux/fuse.h, FUSE_OPEN_KILL_SUIDGID.</summary>
[Flags]
public enum FuseOpenRequestFlags : uint
{
    None = 0,

    /// <summary>The process that truncates the file may not keep its set-id bits.</summary>
    KillSetIds = 1 << 0,
}

/// <summary>The fields that a SETATTR sets: linux/fuse.h, FATTR_MODE and following.</summary>
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

    /// <summary>The process that sets the size may not keep the file's set-id bits.</summary>
    KillSetIds = 1 << 11,
}

/// <summary>Flags of a WRITE: linux/fuse.h, FUSE_WRITE_CACHE and following.</summary>
[Flags]
public enum FuseWriteFlags : uint
{
    None = 0,

    /// <summary>From the page cache of a shared mapping: the kernel only guesses the process and the file handle.</summary>
    FromCache = 1 << 0,
    LockOwner = 1 << 1,

    /// <summary>The writing process may not keep the file's set-id bits.</summary>
    KillSetIds = 1 << 2,
}

/// <summary>What FSYNC and FSYNCDIR write back: linux/fuse.h, FUSE_FSYNC_FDATASYNC.</summary>
[Flags]
public enum FuseFsyncFlags : uint
{
    None = 0,
    DataOnly = 1 << 0,
}
