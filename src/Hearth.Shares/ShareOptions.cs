namespace Hearth.Shares;

/// <summary>What is shared, how, and how much a guest may take of the host for it.</summary>
public sealed record ShareOptions
{
    /// <summary>
    /// The longest READ or WRITE, in bytes: what the kernel takes in one request (256 pages of 4 KiB).
    /// </summary>
    public const int MaxTransferInBytes = 1 << 20;

    /// <summary>The longest message either way: what it carries, and its structures and names, with room to spare.</summary>
    public const int MaxMessageInBytes = MaxTransferInBytes + (16 << 10);

    /// <summary>A directory or a regular file of the host; a symbolic link is followed.</summary>
    public required string Source { get; init; }

    /// <summary>True to refuse every change, and to have the host's kernel refuse it as well.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether file systems mounted beneath the source belong to it; if not, what they cover is seen.</summary>
    public bool CrossMounts { get; init; } = true;

    /// <summary>Most requests that are served at the same time, each on a thread of its own: 1 to 64.</summary>
    public int Threads { get; init; } = 16;

    /// <summary>Files and directories that the guest may have open; each is a descriptor, and one more holds its node.</summary>
    public int MaxOpenFiles { get; init; } = 4096;

    /// <summary>Descriptors that hold nodes which are not open. Beyond it the least recently used is closed, and reached anew when it is needed.</summary>
    public int MaxHeldNodes { get; init; } = 2048;

    /// <summary>Nodes that the guest's kernel may remember; about 250 bytes each.</summary>
    public int MaxNodes { get; init; } = 1 << 20;

    /// <summary>How long disposal waits for requests that are being served.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
