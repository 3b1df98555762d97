namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// Sends a signal by number as kill(2); with <paramref name="All"/> to the process and its descendants. It succeeds too if the
/// process has ended.
/// </summary>
public sealed record SignalProcess(string ProcessId, int Signal, bool All = false) : GuestRequest;

/// <summary>
/// Releases a process that was started with <see cref="StartProcess.IsHeld"/>. It succeeds too if the process has ended or was
/// released before.
/// </summary>
public sealed record ReleaseProcess(string ProcessId) : GuestRequest;

/// <summary>Sets the terminal's size. It succeeds too if the process has no terminal or has ended.</summary>
public sealed record ResizeTerminal(string ProcessId, WindowSize WindowSize) : GuestRequest;

/// <summary>Requests <see cref="GuestStatistics"/>.</summary>
public sealed record QueryStatistics : GuestRequest;

/// <summary>Requests a <see cref="ProcessList"/>.</summary>
public sealed record ListProcesses : GuestRequest;

/// <summary>Changes limits while the container runs: all that are not null, or none if one is refused.</summary>
public sealed record UpdateLimits(ContainerLimits Limits) : GuestRequest;

/// <summary>Sets the guest's wall clock, which does not advance while the machine is paused.</summary>
/// <param name="UnixTimeNanoseconds">Nanoseconds since 1970.</param>
public sealed record SetClock(long UnixTimeNanoseconds) : GuestRequest;

/// <summary>
/// Connects a data stream of both directions to a TCP server on the guest's 127.0.0.1. It succeeds when the connection exists;
/// each direction ends by itself. It fails with <see cref="RequestFailure.NotFound"/> if nobody listens.
/// </summary>
/// <param name="Port">1 to 65535.</param>
/// <param name="Stream">A data stream in both directions.</param>
public sealed record ConnectLoopback(int Port, uint Stream) : GuestRequest;

/// <summary>
/// Connects a data stream of both directions to a UDP server that listens on the guest's 127.0.0.1 only. Each datagram has its length before it
/// (<see cref="DatagramFrame"/>). It fails with <see cref="RequestFailure.NotFound"/> if nobody listens there, or somebody listens at other
/// addresses of the guest too.
/// </summary>
/// <param name="Port">1 to 65535.</param>
/// <param name="Stream">A data stream in both directions.</param>
public sealed record ConnectLoopbackDatagrams(int Port, uint Stream) : GuestRequest;

/// <summary>
/// Configures the machine's network interfaces, once, if <see cref="ConfigureGuest"/> has named none: those that the container joins
/// are known only when its process is to start. /etc/hosts gets their addresses. The machine's other interfaces go.
/// </summary>
/// <param name="Interfaces">As in <see cref="GuestNetwork"/>.</param>
public sealed record ConfigureInterfaces(IReadOnlyList<GuestInterface> Interfaces) : GuestRequest;

/// <summary>Requests the <see cref="PathStatus"/> of a path as the container's processes see it.</summary>
/// <param name="Path">An absolute path. It is resolved in the container's root; links cannot lead outside.</param>
/// <param name="FollowsLink">If the path ends in a symbolic link: true for the link's target, false for the link itself.</param>
public sealed record StatPath(string Path, bool FollowsLink) : GuestRequest;

/// <summary>
/// Unpacks a tar archive (ustar, pax, GNU long names) from a data stream. It succeeds when all of the archive is unpacked.
/// Whatever names and links the archive has, nothing outside the directory is changed. A name with <c>..</c> is an error, and
/// so is, unless <see cref="Replaces"/>, a directory in place of a file or a file in place of a directory.
/// </summary>
public sealed record WriteArchive : GuestRequest
{
    /// <summary>The directory to unpack into: absolute and existing. Symbolic links in it are followed in the container's root.</summary>
    public required string Directory { get; init; }

    /// <summary>A data stream from host to guest.</summary>
    public required uint Stream { get; init; }

    /// <summary>A name that replaces the first component of every name in the archive; null to keep the archive's names.</summary>
    public string? FirstName { get; init; }

    /// <summary>The owner of everything unpacked; null for the archive's own numbers.</summary>
    public ArchiveOwner? Owner { get; init; }

    /// <summary>Whether a directory and what is none replace each other. A directory is removed with its content.</summary>
    public bool Replaces { get; init; }
}

/// <summary>An owner by its ids in the container.</summary>
public sealed record ArchiveOwner(uint UserId, uint GroupId)
{
    /// <summary><c>user[:group]</c>, names or numbers that the guest looks up in the container; it precedes the ids. Null for the ids.</summary>
    public string? Name { get; init; }
}

/// <summary>
/// Packs a path as a tar archive (pax where ustar is not enough) to a data stream: modes, owners, times, links, devices, file
/// capabilities, access control lists, user and trusted attributes. It succeeds when the stream has been ended.
/// </summary>
public sealed record ReadArchive : GuestRequest
{
    /// <summary>An absolute path, resolved in the container's root.</summary>
    public required string Path { get; init; }

    /// <summary>A data stream from guest to host.</summary>
    public required uint Stream { get; init; }

    /// <summary>The first component of every name in the archive; <c>.</c> for none; null for the path's last name.</summary>
    public string? FirstName { get; init; }

    /// <summary>If the path ends in a symbolic link: true to pack the link's target.</summary>
    public bool FollowsLink { get; init; }
}

/// <summary>
/// Sends what the container's root is made of to a data stream. It succeeds when the stream has been ended. Mounts of the container are
/// left out, and mount points that the guest made.
/// </summary>
/// <param name="Form">What is sent.</param>
/// <param name="Stream">A data stream from guest to host.</param>
/// <param name="Freezes">True to suspend the container's processes meanwhile.</param>
public sealed record ReadRoot(RootForm Form, uint Stream, bool Freezes) : GuestRequest;

/// <summary>What <see cref="ReadRoot"/> sends.</summary>
public enum RootForm
{
    /// <summary>The changed paths, each as a letter (A, C, D for added, changed, deleted), an absolute path, and a NUL.</summary>
    Changes = 1,

    /// <summary>The changes as a tar archive: a layer of image-spec's layer.md.</summary>
    Layer = 2,

    /// <summary>All of the root as a tar archive.</summary>
    Tree = 3,
}
