namespace Hearth.Linux.Files;

/// <summary>All that statx(2) tells of a file, for who has to pass it on.</summary>
public readonly record struct NodeStatus
{
    private const ushort TypeMask = 0xf000;

    public required ushort Mode { get; init; }

    public bool IsDirectory => Type == NodeTypes.Directory;

    public bool IsRegularFile => Type == NodeTypes.File;

    /// <summary>The type's bits of the mode.</summary>
    public ushort Type => (ushort)(Mode & TypeMask);

    public required uint LinkCount { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required ulong Inode { get; init; }

    /// <summary>The device that holds the file, composed as <c>st_dev</c>.</summary>
    public required ulong Device { get; init; }

    /// <summary>The mount it was reached by; 0 where the kernel does not tell (before 5.8).</summary>
    public required ulong MountId { get; init; }

    public required ulong Size { get; init; }

    /// <summary>Of 512 bytes each.</summary>
    public required ulong Blocks { get; init; }

    /// <summary>What the file system likes to be read and written in, in bytes.</summary>
    public required uint BlockSize { get; init; }

    /// <summary>A device file's number in the kernel's 32-bit encoding (<c>new_encode_dev</c>).</summary>
    public required uint RawDevice { get; init; }

    public required FileTime Accessed { get; init; }

    public required FileTime Modified { get; init; }

    public required FileTime Changed { get; init; }

    /// <summary>When the file was made; zero where the file system does not know.</summary>
    public required FileTime Born { get; init; }
}

/// <summary>A moment of a file's, as in <c>struct statx_timestamp</c>: since 1970, before it below zero.</summary>
public readonly record struct FileTime(long Seconds, uint Nanoseconds)
{
    /// <summary>For a change of times: the clock's.</summary>
    public static FileTime Now { get; } = new(0, NowMark);

    /// <summary>For a change of times: as it is.</summary>
    public static FileTime Unchanged { get; } = new(0, UnchangedMark);

    private const uint NowMark = 0x3fffffff;
    private const uint UnchangedMark = 0x3ffffffe;
}
