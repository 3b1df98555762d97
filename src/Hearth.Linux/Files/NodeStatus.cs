namespace Hearth.Linux.Files;

/// <summary>Everything that statx(2) reports about a file, for callers that pass it on.</summary>
public readonly record struct NodeStatus
{
    private const ushort TypeMask = 0xf000;

    public required ushort Mode { get; init; }

    public bool IsDirectory => Type == NodeTypes.Directory;

    public bool IsRegularFile => Type == NodeTypes.File;

    /// <summary>The type bits of the mode.</summary>
    public ushort Type => (ushort)(Mode & TypeMask);

    public required uint LinkCount { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required ulong Inode { get; init; }

    /// <summary>The device that holds the file, composed as <c>st_dev</c>.</summary>
    public required ulong Device { get; init; }

    /// <summary>The mount it was reached through; 0 if the kernel does not report it (before 5.8).</summary>
    public required ulong MountId { get; init; }

    public required ulong Size { get; init; }

    /// <summary>Number of blocks of 512 bytes each.</summary>
    public required ulong Blocks { get; init; }

    /// <summary>The file system's preferred size for reads and writes, in bytes.</summary>
    public required uint BlockSize { get; init; }

    /// <summary>A device file's number in the kernel's 32-bit encoding (<c>new_encode_dev</c>).</summary>
    public required uint RawDevice { get; init; }

    public required FileTime Accessed { get; init; }

    public required FileTime Modified { get; init; }

    public required FileTime Changed { get; init; }

    /// <summary>When the file was created; zero if the file system does not record it.</summary>
    public required FileTime Born { get; init; }
}

/// <summary>A time of a file, as in <c>struct statx_timestamp</c>: since 1970, negative before.</summary>
public readonly record struct FileTime(long Seconds, uint Nanoseconds)
{
    /// <summary>When setting times: the current time.</summary>
    public static FileTime Now { get; } = new(0, NowMark);

    /// <summary>When setting times: leave the time unchanged.</summary>
    public static FileTime Unchanged { get; } = new(0, UnchangedMark);

    private const uint NowMark = 0x3fffffff;
    private const uint UnchangedMark = 0x3ffffffe;
}
