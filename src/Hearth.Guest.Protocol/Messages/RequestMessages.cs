namespace Hearth.Guest.Protocol.Messages;

/// <summary>kill(2) by number; <paramref name="All"/> for the process and its descendants. Done, too, where it has ended.</summary>
public sealed record SignalProcess(string ProcessId, int Signal, bool All = false) : GuestRequest;

/// <summary>Lets a process go on that was started with <see cref="StartProcess.IsHeld"/>. Done, too, where it has ended or goes on already.</summary>
public sealed record ReleaseProcess(string ProcessId) : GuestRequest;

/// <summary>The terminal's size changed. Done, too, where the process has none, or has ended.</summary>
public sealed record ResizeTerminal(string ProcessId, WindowSize WindowSize) : GuestRequest;

/// <summary>Asks for <see cref="GuestStatistics"/>.</summary>
public sealed record QueryStatistics : GuestRequest;

/// <summary>Asks for a <see cref="ProcessList"/>.</summary>
public sealed record ListProcesses : GuestRequest;

/// <summary>Changes limits while the container runs: all that are named, or none where one is refused.</summary>
public sealed record UpdateLimits(ContainerLimits Limits) : GuestRequest;

/// <summary>Sets the guest's wall clock: it stood still while the machine was paused.</summary>
/// <param name="UnixTimeNanoseconds">Nanoseconds since 1970.</param>
public sealed record SetClock(long UnixTimeNanoseconds) : GuestRequest;

/// <summary>Asks for <see cref="PathStatus"/> of a path as the container's processes see it.</summary>
/// <param name="Path">Absolute; resolved beneath the container's root, whatever its links say.</param>
/// <param name="FollowsLink">True for what a symbolic link at its end leads to, false for the link itself.</param>
public sealed record StatPath(string Path, bool FollowsLink) : GuestRequest;

/// <summary>
/// Unpacks a tar archive (ustar, pax, GNU long names) that comes on a data stream. Done when all of it stands. Whatever
/// names and links the archive holds, nothing beside the directory is touched; a name with <c>..</c> is an error, and so is
/// a directory in a file's place or the reverse.
/// </summary>
public sealed record WriteArchive : GuestRequest
{
    /// <summary>The directory to unpack into: absolute, there already, symbolic links in it followed beneath the root.</summary>
    public required string Directory { get; init; }

    /// <summary>A data stream from host to guest.</summary>
    public required uint Stream { get; init; }

    /// <summary>One name that takes the place of the first component of every name in the archive; null to keep them.</summary>
    public string? FirstName { get; init; }

    /// <summary>Gives everything to this owner; null for the archive's own numbers.</summary>
    public ArchiveOwner? Owner { get; init; }
}

/// <summary>Numbers of the container.</summary>
public sealed record ArchiveOwner(uint UserId, uint GroupId);

/// <summary>
/// Packs a path as a tar archive (pax where ustar does not do) onto a data stream: modes, owners, times, links, devices,
/// file capabilities, access lists, user and trusted attributes. Done when the stream has been ended.
/// </summary>
public sealed record ReadArchive : GuestRequest
{
    /// <summary>Absolute; resolved beneath the container's root.</summary>
    public required string Path { get; init; }

    /// <summary>A data stream from guest to host.</summary>
    public required uint Stream { get; init; }

    /// <summary>The first component of every name in the archive; <c>.</c> for none; null for the path's own last name.</summary>
    public string? FirstName { get; init; }

    /// <summary>True for what a symbolic link at the path's end leads to.</summary>
    public bool FollowsLink { get; init; }
}
