namespace Hearth.Guest.Protocol.Messages;

/// <summary>Host to guest, once, after <see cref="GuestHello"/>: build the container's world. Answered by <see cref="GuestConfigured"/> or <see cref="GuestFailed"/>.</summary>
public sealed record ConfigureGuest : GuestMessage
{
    /// <summary>The version in use from now on: at most the one that <see cref="GuestHello"/> named.</summary>
    public int ProtocolVersion { get; init; } = GuestProtocol.Version;

    public required string Hostname { get; init; }

    public required RootConfiguration Root { get; init; }

    /// <summary>Further mounts, in order, after proc, sys, dev and their like.</summary>
    public IReadOnlyList<GuestMount> Mounts { get; init; } = [];

    /// <summary>The directory that the first process starts in; made where it is missing.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Kernel parameters by sysctl(8)'s names (<c>net.core.somaxconn</c>), set before the first process starts.</summary>
    public IReadOnlyList<KernelParameter> KernelParameters { get; init; } = [];

    /// <summary>What replaces /etc/localtime, a file of tzfile(5); empty to leave the image's.</summary>
    public byte[] LocalTime { get; init; } = [];

    /// <summary>True for a process 1 that passes signals on and reaps orphans, with the first process as its child.</summary>
    public bool HasReaper { get; init; }

    /// <summary>What all processes of the container together may use.</summary>
    public ContainerLimits Limits { get; init; } = new();

    /// <summary>The host's wall clock, nanoseconds since 1970.</summary>
    public long UnixTimeNanoseconds { get; init; }

    /// <summary>Random bytes from the host for the guest's pool; empty to leave it alone.</summary>
    public byte[] Entropy { get; init; } = [];
}

/// <summary>A kernel parameter by sysctl(8)'s name, and its value as text.</summary>
public sealed record KernelParameter(string Name, string Value);

/// <summary>What the guest's root is made of.</summary>
public sealed record RootConfiguration
{
    /// <summary>The read-only lower drive, as the guest sees it: <c>vda</c>.</summary>
    public required string LowerDrive { get; init; }

    /// <summary>Its file system, a kernel name: <c>erofs</c>, <c>squashfs</c>, <c>ext4</c>.</summary>
    public required string LowerFileSystem { get; init; }

    /// <summary>True to leave out the writable layer.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>True where files of the drive have extended attributes whose names begin with <c>user.</c>; only for a warning.</summary>
    public bool HasUserAttributes { get; init; }

    /// <summary>What the container's root has where the drive's own root does not say it; null to take that of the drive's.</summary>
    public RootAttributes? Attributes { get; init; }

    /// <summary>The drive (ext4) that takes what is written; null for a tmpfs.</summary>
    public string? UpperDrive { get; init; }

    /// <summary>Limit of a tmpfs upper layer in bytes; 0 for the kernel's default, half the memory.</summary>
    public long UpperSizeInBytes { get; init; }
}

/// <summary>A directory's attributes.</summary>
/// <param name="Mode">Permissions with set-id bits.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="GroupId">Its group.</param>
/// <param name="ModifiedUnixNanoseconds">Nanoseconds since 1970.</param>
/// <param name="ExtendedAttributes">The full names, and the values.</param>
public sealed record RootAttributes(uint Mode, uint UserId, uint GroupId, long ModifiedUnixNanoseconds, IReadOnlyList<RootExtendedAttribute> ExtendedAttributes);

/// <summary>One extended attribute of a root, by its full name.</summary>
public sealed record RootExtendedAttribute(byte[] Name, byte[] Value);

/// <summary>One mount in the guest's root; the fields are mount(2)'s, the options mount(8)'s.</summary>
public sealed record GuestMount(string Destination, string FileSystem, string Source, IReadOnlyList<string> Options)
{
    /// <summary>For a directory or file of the host: how its FUSE requests reach the host. Null for what the guest's kernel has by itself.</summary>
    public GuestShare? Share { get; init; }

    /// <summary>
    /// True for a named volume's drive: what is seen is a directory of it, which begins as a copy of what the root has at the
    /// destination.
    /// </summary>
    public bool IsVolume { get; init; }
}

/// <summary>The guest's end of a share: it carries between its kernel's FUSE device and a stream what comes from either.</summary>
/// <param name="Stream">A data stream in both directions; FUSE messages stand on it one behind the other.</param>
/// <param name="IsFile">True where the share is a single file, and its destination one.</param>
/// <param name="MaxMessageBytes">The longest request and the longest reply that there can be.</param>
public sealed record GuestShare(uint Stream, bool IsFile, int MaxMessageBytes);

/// <summary>
/// Host to guest: start a process in the container. Answered by <see cref="ProcessStarted"/> and later
/// <see cref="ProcessExited"/>, or by <see cref="ProcessFailed"/>; before them by <see cref="ProcessHeld"/> where that was asked for.
/// </summary>
public sealed record StartProcess : GuestMessage
{
    /// <summary>The host's name for the process, unique among those that run; free again after <see cref="ProcessExited"/> or <see cref="ProcessFailed"/>.</summary>
    public required string ProcessId { get; init; }

    /// <summary>argv; the first is looked up in the process's own PATH, in the container's root.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>NAME=VALUE each.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>
    /// True for a process beside the container's first one: where that has ended or was never started, it fails with
    /// <see cref="StartFailure.ContainerNotRunning"/> instead of becoming the first itself.
    /// </summary>
    public bool JoinsContainer { get; init; }

    /// <summary>
    /// True to stop right before the command is executed, until <see cref="ReleaseProcess"/>: <see cref="ProcessHeld"/> comes
    /// first, and from then on others may join. A command that is not there fails at once.
    /// </summary>
    public bool IsHeld { get; init; }

    public string WorkingDirectory { get; init; } = "/";

    /// <summary><c>user[:group]</c>, names or numbers, resolved in the container's own /etc/passwd and /etc/group; empty for root.</summary>
    public string User { get; init; } = "";

    /// <summary>Groups besides those that <see cref="User"/> brings: numbers, or names of the container's own /etc/group.</summary>
    public IReadOnlyList<string> AdditionalGroups { get; init; } = [];

    /// <summary>The mode bits that its new files leave out; null for 022.</summary>
    public int? CreationMask { get; init; }

    /// <summary>How readily the kernel ends it when memory runs out, -1000 (never) to 1000; null for 0.</summary>
    public int? OutOfMemoryScore { get; init; }

    /// <summary>True for a pseudo terminal: its output comes on the standard output stream alone.</summary>
    public bool Terminal { get; init; }

    public WindowSize? WindowSize { get; init; }

    /// <summary>Data stream from host to guest, or 0 for /dev/null.</summary>
    public uint StandardInputStream { get; init; }

    /// <summary>Data stream from guest to host, or 0 for /dev/null.</summary>
    public uint StandardOutputStream { get; init; }

    /// <summary>Data stream from guest to host, or 0 for /dev/null.</summary>
    public uint StandardErrorStream { get; init; }

    /// <summary>Effective and permitted capabilities by name (<c>CAP_CHOWN</c>); null keeps all of them.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }

    public bool NoNewPrivileges { get; init; }

    public IReadOnlyList<ResourceLimit> ResourceLimits { get; init; } = [];
}

public sealed record WindowSize(ushort Columns, ushort Rows);

/// <summary>A limit as in setrlimit(2); <c>RLIMIT_NOFILE</c> and so on; <see cref="ulong.MaxValue"/> means unlimited.</summary>
public sealed record ResourceLimit(string Type, ulong Soft, ulong Hard);

/// <summary>Host to guest: end what runs, write back, power off.</summary>
public sealed record ShutDownGuest : GuestMessage;
