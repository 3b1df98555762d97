namespace Hearth.Fuse;

/// <summary>How a session serves. The defaults were chosen by measurement.</summary>
public sealed record FuseSessionOptions
{
    /// <summary>More threads would only wait for each other.</summary>
    public const int MaxThreads = 64;

    /// <summary>The kernel's limit for one request: 256 pages of 4 KiB.</summary>
    public const int MaxReadLimitInBytes = 1 << 20;

    /// <summary>
    /// Maximum number of threads that take requests, 1 to 64; each has its own device descriptor. A session starts with one
    /// thread and adds one whenever no thread is left to take the next request. A file that blocks its thread, waiting for a
    /// disk or a network, delays other requests only briefly: a blocked thread is replaced.
    /// </summary>
    public int Threads { get; init; } = 16;

    /// <summary>Longest single read, a multiple of 4096 from 4096 to 1 MiB.</summary>
    public int MaxReadBytes { get; init; } = MaxReadLimitInBytes;

    /// <summary>
    /// Maximum number of reads that wait for their bytes at the same time, 1 to 65,535. At the limit, the session stops
    /// taking requests until a read completes. Each has its own buffer, which takes only address space until the bytes
    /// arrive: 4 GiB in total by default. The default exceeds both what the queues of a guest's disks allow and the promised
    /// thousand.
    /// </summary>
    public int MaxPendingReads { get; init; } = 4096;

    /// <summary>The mount's source in /proc/self/mountinfo.</summary>
    public string FileSystemName { get; init; } = "hearth";

    /// <summary>Whether users other than the session's may use the files; a VMM that drops root needs it.</summary>
    public bool AllowOtherUsers { get; init; } = true;

    public FuseCaching Caching { get; init; } = FuseCaching.None;

    /// <summary>How long disposal waits for reads that are being served.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>Whether the host's page cache keeps what was read from the served files.</summary>
public enum FuseCaching
{
    /// <summary>
    /// Never: each read is a request for exactly the bytes requested, and the reply is copied directly to the reader. For
    /// readers that cache what they read, as guests, loop devices and file systems do. They are served twice as fast, nothing
    /// is cached twice, and no byte is read ahead that no reader needs.
    /// </summary>
    None,

    /// <summary>Cached across opens and read ahead: reading again costs no request. Reads with O_DIRECT bypass the cache.</summary>
    PageCache,
}
