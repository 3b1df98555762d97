namespace Hearth.Guest.Protocol.Messages;

/// <summary>What was asked is done.</summary>
/// <param name="Warnings">What was done otherwise than asked, each a sentence; usually none.</param>
public sealed record RequestDone(IReadOnlyList<string> Warnings) : GuestAnswer;

/// <summary>What was asked is not done; the message names the act, the object and the cause.</summary>
public sealed record RequestFailed(RequestFailure Reason, string Message) : GuestAnswer;

public enum RequestFailure
{
    /// <summary>A path that is not there.</summary>
    NotFound,

    /// <summary>The guest's kernel lacks what it takes.</summary>
    Unsupported,

    /// <summary>It contradicts what is there, or cannot be.</summary>
    Refused,

    /// <summary>The kernel said no.</summary>
    System,
}

/// <summary>What a path of the container is.</summary>
public sealed record PathStatus : GuestAnswer
{
    /// <summary>Its last name; <c>/</c> for the root.</summary>
    public required string Name { get; init; }

    /// <summary>st_mode, its type among it.</summary>
    public required uint Mode { get; init; }

    public required long SizeInBytes { get; init; }

    public required uint UserId { get; init; }

    public required uint GroupId { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public required long ModifiedUnixNanoseconds { get; init; }

    /// <summary>Where a symbolic link leads, as it says; null for all else.</summary>
    public string? LinkTarget { get; init; }
}

/// <summary>The container's processes.</summary>
/// <param name="Processes">By their numbers.</param>
/// <param name="IsTruncated">True where there were more than a message holds.</param>
public sealed record ProcessList(IReadOnlyList<ContainerProcess> Processes, bool IsTruncated) : GuestAnswer;

/// <summary>One process of the container, as proc(5) tells it.</summary>
public sealed record ContainerProcess
{
    /// <summary>Its number in the container.</summary>
    public required int Pid { get; init; }

    /// <summary>Its number in the guest, as <see cref="ProcessStarted"/> tells it.</summary>
    public required int GuestPid { get; init; }

    /// <summary>In the container; 0 for one whose parent is outside.</summary>
    public required int ParentPid { get; init; }

    /// <summary>The effective one.</summary>
    public required uint UserId { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public required long StartUnixNanoseconds { get; init; }

    public required long CpuTimeMs { get; init; }

    public required long ResidentBytes { get; init; }

    /// <summary>proc(5)'s letter: R, S, D, Z, T.</summary>
    public required string State { get; init; }

    public required int Threads { get; init; }

    /// <summary>The controlling terminal, <c>pts/0</c>; null where there is none.</summary>
    public string? Terminal { get; init; }

    /// <summary>The arguments, separated by blanks and cut at 4 KiB; the name in brackets where there are none.</summary>
    public required string Command { get; init; }
}
