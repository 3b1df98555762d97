namespace Hearth.Fuse;

/// <summary>How a session serves. The defaults are what measuring chose.</summary>
public sealed record FuseSessionOptions
{
    /// <summary>More would only wait for each other.</summary>
    public const int MaxThreads = 64;

    /// <summary>What the kernel takes in one request: 256 pages of 4 KiB.</summary>
    public const int MaxReadLimitInBytes = 1 << 20;

    /// <summary>
    /// Most threads that take requests, each with a device descriptor of its own: 1 to 64. A session begins with one, and
    /// gets one more whenever none is left to take the next request. A file that has to wait for a disk or a network, and
    /// waits on the thread that asks, does not keep others waiting for long: a thread that hangs is replaced.
    /// </summary>
    public int Threads { get; init; } = 16;

    /// <summary>Longest single read, a multiple of 4096 from 4096 to 1 MiB.</summary>
    public int MaxReadBytes { get; init; } = MaxReadLimitInBytes;

    /// <summary>
    /// Reads that may wait for their bytes at the same time, 1 to 65,535; beyond it the session stops taking requests until
    /// one completes. Each has a buffer of its own, which costs only addresses until the bytes come: 4 GiB of them by default.
    /// The default is more than the queues of a guest's disks let it wait for, and the thousand that is promised.
    /// </summary>
    public int MaxPendingReads { get; init; } = 4096;

    /// <summary>The mount's source in /proc/self/mountinfo.</summary>
    public string FileSystemName { get; init; } = "hearth";

    /// <summary>Whether other users than the session's may use the files: a VMM that gives up root needs it.</summary>
    public bool AllowOtherUsers { get; init; } = true;

    public FuseCaching Caching { get; init; } = FuseCaching.None;

    /// <summary>How long disposal waits for reads that are being served.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>Whether the host's page cache keeps what was read of the served file.</summary>
public enum FuseCaching
{
    /// <summary>
    /// Never: each read is a request for just the bytes that were asked for, and the answer is copied straight to who
    /// asked. For readers that keep what they read, as guests, loop devices and file systems do: twice as fast for them,
    /// nothing is kept twice, and no byte is read ahead that none of them wanted.
    /// </summary>
    None,

    /// <summary>Kept across opens, and read ahead: reading again costs no request. Readers with O_DIRECT pass by it.</summary>
    PageCache,
}
