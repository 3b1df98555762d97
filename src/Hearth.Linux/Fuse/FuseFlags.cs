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
    SpliceWrite = 1 << 7,
    SpliceMove = 1 << 8,
    SpliceRead = 1 << 9,
    AsyncDirectIO = 1 << 15,
    ParallelDirectoryOperations = 1 << 18,
    AbortError = 1 << 21,
    MaxPages = 1 << 22,
    CacheSymlinks = 1 << 23,
    ExplicitInvalidateData = 1 << 25,
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
