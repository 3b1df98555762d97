namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// Host to guest, once, after <see cref="GuestHello"/>: set up the container. <see cref="GuestConfigured"/> or
/// <see cref="GuestFailed"/> answers it.
/// </summary>
public sealed record ConfigureGuest : GuestMessage
{
    /// <summary>The version in use from now on, which is at most the one in <see cref="GuestHello"/>.</summary>
    public int ProtocolVersion { get; init; } = GuestProtocol.Version;

    public required string Hostname { get; init; }

    /// <summary>The NIS domain name, which the container's own lines of /etc/hosts have too; empty for none.</summary>
    public string Domainname { get; init; } = "";

    public required RootConfiguration Root { get; init; }

    /// <summary>Further mounts, in order, after the standard ones (proc, sys, dev).</summary>
    public IReadOnlyList<GuestMount> Mounts { get; init; } = [];

    /// <summary>The directory in which the first process starts; created if it is missing.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Kernel parameters by their sysctl(8) names (<c>net.core.somaxconn</c>), set before the first process starts.</summary>
    public IReadOnlyList<KernelParameter> KernelParameters { get; init; } = [];

    /// <summary>The content that replaces /etc/localtime, in tzfile(5) format; empty to keep the image's.</summary>
    public byte[] LocalTime { get; init; } = [];

    /// <summary>True to run a process 1 that forwards signals and reaps orphans, with the first process as its child.</summary>
    public bool HasReaper { get; init; }

    /// <summary>Limits for all processes of the container together.</summary>
    public ContainerLimits Limits { get; init; } = new();

    /// <summary>
    /// A data stream in both directions for the queries of the guest's resolver, in the form of
    /// <see cref="Names.NameFrame"/>; 0 for a guest without a resolver.
    /// </summary>
    public uint NameStream { get; init; }

    /// <summary>The guest's networks; null for a guest with its loopback interface only.</summary>
    public GuestNetwork? Network { get; init; }

    /// <summary>The host's wall clock, nanoseconds since 1970.</summary>
    public long UnixTimeNanoseconds { get; init; }

    /// <summary>Random bytes from the host for the guest's entropy pool; empty to add none.</summary>
    public byte[] Entropy { get; init; } = [];
}

/// <summary>A kernel parameter by its sysctl(8) name, and its value as text.</summary>
public sealed record KernelParameter(string Name, string Value);

/// <summary>The drives and layers of the container's root.</summary>
public sealed record RootConfiguration
{
    /// <summary>The read-only lower drive by its name in the guest, such as <c>vda</c>.</summary>
    public required string LowerDrive { get; init; }

    /// <summary>The lower drive's file system by its kernel name: <c>erofs</c>, <c>squashfs</c>, <c>ext4</c>.</summary>
    public required string LowerFileSystem { get; init; }

    /// <summary>True for a root without a writable layer.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>True if files of the drive have extended attributes whose names begin with <c>user.</c>; only for a warning.</summary>
    public bool HasUserAttributes { get; init; }

    /// <summary>The attributes of the container's root directory if the drive's root does not have them; null to use the drive's.</summary>
    public RootAttributes? Attributes { get; init; }

    /// <summary>The drive (ext4) of the writable layer; null for a tmpfs.</summary>
    public string? UpperDrive { get; init; }

    /// <summary>The size limit of a tmpfs as the writable layer, in bytes; 0 for the kernel's default, half the memory.</summary>
    public long UpperSizeInBytes { get; init; }

    /// <summary>
    /// A data stream from host to guest with a layer (image-spec, layer.md) that the new writable layer begins with; 0 for none.
    /// </summary>
    public uint LayerStream { get; init; }
}

/// <summary>A directory's attributes.</summary>
/// <param name="Mode">Permissions with set-id bits.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="GroupId">Its group.</param>
/// <param name="ModifiedUnixNanoseconds">Nanoseconds since 1970.</param>
/// <param name="ExtendedAttributes">The extended attributes, by their full names.</param>
public sealed record RootAttributes(uint Mode, uint UserId, uint GroupId, long ModifiedUnixNanoseconds, IReadOnlyList<RootExtendedAttribute> ExtendedAttributes);

/// <summary>One extended attribute of a root, by its full name.</summary>
public sealed record RootExtendedAttribute(byte[] Name, byte[] Value);

/// <summary>One mount in the container's root. The fields are those of mount(2), the options those of mount(8).</summary>
public sealed record GuestMount(string Destination, string FileSystem, string Source, IReadOnlyList<string> Options)
{
    /// <summary>
    /// For a directory or file of the host: how its FUSE requests reach the host. Null for a file system of the guest's kernel.
    /// </summary>
    public GuestShare? Share { get; init; }

    /// <summary>
    /// True for a named volume's drive. The container sees one directory of it, which starts as a copy of the root's content at
    /// the destination.
    /// </summary>
    public bool IsVolume { get; init; }
}

/// <summary>The guest's end of a share. Init carries messages between the kernel's FUSE device and a data stream.</summary>
/// <param name="Stream">A data stream in both directions. It carries FUSE messages, one after the other.</param>
/// <param name="IsFile">True if the share and its destination are a single file.</param>
/// <param name="MaxMessageBytes">The maximum length of a request and of a reply.</param>
public sealed record GuestShare(uint Stream, bool IsFile, int MaxMessageBytes);

/// <summary>
/// Host to guest: start a process in the container. The guest sends <see cref="ProcessStarted"/> and later
/// <see cref="ProcessExited"/>, or <see cref="ProcessFailed"/>; before them <see cref="ProcessHeld"/> if <see cref="IsHeld"/> is true.
/// </summary>
public sealed record StartProcess : GuestMessage
{
    /// <summary>
    /// The host's name for the process, unique among the running ones. It is free again after <see cref="ProcessExited"/> or
    /// <see cref="ProcessFailed"/>.
    /// </summary>
    public required string ProcessId { get; init; }

    /// <summary>argv. The first argument is looked up in the process's own PATH, in the container's root.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The environment, each entry as NAME=VALUE.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>
    /// True for a process beside the container's first one. If the first one has ended or was never started, this one fails with
    /// <see cref="StartFailure.ContainerNotRunning"/> instead of becoming the first itself.
    /// </summary>
    public bool JoinsContainer { get; init; }

    /// <summary>
    /// True to wait for <see cref="ReleaseProcess"/> right before the command is executed. The guest sends
    /// <see cref="ProcessHeld"/> first; from then on other processes may join. A missing command fails immediately.
    /// </summary>
    public bool IsHeld { get; init; }

    public string WorkingDirectory { get; init; } = "/";

    /// <summary><c>user[:group]</c>, names or numbers, resolved in the container's /etc/passwd and /etc/group; empty for root.</summary>
    public string User { get; init; } = "";

    /// <summary>Groups in addition to those of <see cref="User"/>: numbers, or names in the container's /etc/group.</summary>
    public IReadOnlyList<string> AdditionalGroups { get; init; } = [];

    /// <summary>The umask; null for 022.</summary>
    public int? CreationMask { get; init; }

    /// <summary>oom_score_adj, from -1000 (never killed when memory runs out) to 1000; null for 0.</summary>
    public int? OutOfMemoryScore { get; init; }

    /// <summary>True for a pseudo terminal. Its output is on the standard output stream only.</summary>
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

/// <summary>A limit of setrlimit(2), such as <c>RLIMIT_NOFILE</c>; <see cref="ulong.MaxValue"/> means unlimited.</summary>
public sealed record ResourceLimit(string Type, ulong Soft, ulong Hard);

/// <summary>Host to guest: end all processes, write back, power off.</summary>
public sealed record ShutDownGuest : GuestMessage;
