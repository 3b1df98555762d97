namespace Hearth.Guest.Protocol.Messages;

/// <summary>The request is done.</summary>
/// <param name="Warnings">What differs from the request, each a sentence; usually none.</param>
public sealed record RequestDone(IReadOnlyList<string> Warnings) : GuestAnswer;

/// <summary>The request failed. The message names the act, the object and the cause.</summary>
public sealed record RequestFailed(RequestFailure Reason, string Message) : GuestAnswer;

public enum RequestFailure
{
    /// <summary>A path does not exist.</summary>
    NotFound,

    /// <summary>The guest's kernel lacks the feature.</summary>
    Unsupported,

    /// <summary>The request is invalid, or contradicts the current state.</summary>
    Refused,

    /// <summary>A system call failed.</summary>
    System,
}

/// <summary>The type and attributes of a path in the container.</summary>
public sealed record PathStatus : GuestAnswer
{
    /// <summary>The path's last name; <c>/</c> for the root.</summary>
    public required string Name { get; init; }

    /// <summary>st_mode, with the file type.</summary>
    public required uint Mode { get; init; }

    public required long SizeInBytes { get; init; }

    public required uint UserId { get; init; }

    public required uint GroupId { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public required long ModifiedUnixNanoseconds { get; init; }

    /// <summary>The target of a symbolic link, unresolved; null for other types.</summary>
    public string? LinkTarget { get; init; }
}

/// <summary>The container's processes.</summary>
/// <param name="Processes">Sorted by <see cref="ContainerProcess.Pid"/>.</param>
/// <param name="IsTruncated">True if there are more than a message holds.</param>
public sealed record ProcessList(IReadOnlyList<ContainerProcess> Processes, bool IsTruncated) : GuestAnswer;

/// <summary>One process of the container, with values from proc(5).</summary>
public sealed record ContainerProcess
{
    /// <summary>The pid in the container.</summary>
    public required int Pid { get; init; }

    /// <summary>The pid in the guest, as in <see cref="ProcessStarted"/>.</summary>
    public required int GuestPid { get; init; }

    /// <summary>The parent's pid in the container; 0 if the parent is outside.</summary>
    public required int ParentPid { get; init; }

    /// <summary>The effective user id.</summary>
    public required uint UserId { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public required long StartUnixNanoseconds { get; init; }

    public required long CpuTimeMs { get; init; }

    public required long ResidentBytes { get; init; }

    /// <summary>The state's letter in proc(5): R, S, D, Z, T.</summary>
    public required string State { get; init; }

    public required int Threads { get; init; }

    /// <summary>The controlling terminal, such as <c>pts/0</c>; null if there is none.</summary>
    public string? Terminal { get; init; }

    /// <summary>The arguments, separated by spaces and cut at 4 KiB; the name in brackets if there are none.</summary>
    public required string Command { get; init; }
}
