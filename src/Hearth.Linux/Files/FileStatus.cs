namespace Hearth.Linux.Files;

/// <summary>What statx(2) reports about a file; the fields are those of <c>struct stat</c>.</summary>
public readonly record struct FileStatus
{
    private const int TypeMask = 0xf000;
    private const int RegularFile = 0x8000;
    private const int BlockDevice = 0x6000;

    public required ushort Mode { get; init; }

    public bool IsRegularFile => (Mode & TypeMask) == RegularFile;

    public bool IsBlockDevice => (Mode & TypeMask) == BlockDevice;

    public required uint LinkCount { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required long Size { get; init; }

    public required ulong Inode { get; init; }

    /// <summary>The device that holds the file, composed as <c>st_dev</c>.</summary>
    public required ulong Device { get; init; }

    public required long ModifiedSeconds { get; init; }

    public required uint ModifiedNanoseconds { get; init; }

    /// <summary>A device file's number in the kernel's 32-bit encoding (<c>new_encode_dev</c>).</summary>
    public required uint RawDevice { get; init; }

    /// <summary>True if it is the root of a mount (STATX_ATTR_MOUNT_ROOT, Linux 5.8).</summary>
    public required bool IsMountRoot { get; init; }
}
