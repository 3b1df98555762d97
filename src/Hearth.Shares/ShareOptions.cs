namespace Hearth.Shares;

/// <summary>The source and the mode of a share, and the limits of the host's resources that a guest may use for it.</summary>
public sealed record ShareOptions
{
    /// <summary>
    /// The longest READ or WRITE, in bytes: the kernel's limit for one request (256 pages of 4 KiB).
    /// </summary>
    public const int MaxTransferInBytes = 1 << 20;

    /// <summary>The longest message in either direction: the data, the structures and names, and a reserve.</summary>
    public const int MaxMessageInBytes = MaxTransferInBytes + (16 << 10);

    /// <summary>The path of a directory or a regular file of the host; a symbolic link is followed.</summary>
    public required string Source { get; init; }

    /// <summary>True to refuse every change, in this server and in the host's kernel.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether file systems mounted inside the source are shared too; if not, the directories beneath them are visible.</summary>
    public bool CrossMounts { get; init; } = true;

    /// <summary>The most requests that are served at the same time, each on its own thread: 1 to 64.</summary>
    public int Threads { get; init; } = 16;

    /// <summary>The most files and directories that the guest may have open; each needs a descriptor, and its node another one.</summary>
    public int MaxOpenFiles { get; init; } = 4096;

    /// <summary>
    /// The most descriptors of nodes that are not open. Beyond this limit, the least recently used one is closed; its node is opened
    /// again when it is needed.
    /// </summary>
    public int MaxHeldNodes { get; init; } = 2048;

    /// <summary>The most nodes that the guest's kernel may remember; each needs about 250 bytes.</summary>
    public int MaxNodes { get; init; } = 1 << 20;

    /// <summary>The time for which disposal waits for requests that are being served.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
