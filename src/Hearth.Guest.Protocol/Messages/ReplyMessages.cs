namespace Hearth.Guest.Protocol.Messages;

/// <summary>Guest to host, first of all: the init runs and the channel is open.</summary>
public sealed record GuestHello : GuestMessage
{
    /// <summary>The version of this protocol that the guest speaks: <see cref="GuestProtocol.Version"/>.</summary>
    public required int ProtocolVersion { get; init; }

    public required string KernelRelease { get; init; }

    /// <summary>What the guest did until now.</summary>
    public IReadOnlyList<GuestPhase> Phases { get; init; } = [];
}

/// <summary>A stretch of the guest's start in milliseconds of its own uptime (0 = the kernel's first instruction).</summary>
public sealed record GuestPhase(string Name, double StartMs, double DurationMs);

/// <summary>Guest to host: the container's world stands.</summary>
/// <param name="Phases">What the guest did for it.</param>
/// <param name="Warnings">What of it could not be had, each a sentence: a controller that the kernel lacks, for one.</param>
public sealed record GuestConfigured(IReadOnlyList<GuestPhase> Phases, IReadOnlyList<string> Warnings) : GuestMessage
{
    public GuestConfigured(IReadOnlyList<GuestPhase> phases)
        : this(phases, [])
    {
    }
}

/// <summary>Guest to host: the process waits for <see cref="ReleaseProcess"/>, and only its command is still to be executed.</summary>
public sealed record ProcessHeld(string ProcessId) : GuestMessage;

/// <summary>Guest to host: execve succeeded.</summary>
public sealed record ProcessStarted(string ProcessId, int GuestPid, double UptimeMs) : GuestMessage;

/// <summary>Guest to host: the process could not be started.</summary>
public sealed record ProcessFailed(string ProcessId, StartFailure Reason, string Message) : GuestMessage;

/// <summary>Why a process did not start; docker's exit codes follow from it (127 not found, 126 not executable or not permitted).</summary>
public enum StartFailure
{
    CommandNotFound,
    NotExecutable,
    UnknownUser,
    WorkingDirectory,
    System,

    /// <summary>It was to join the container, whose first process has ended or was never started.</summary>
    ContainerNotRunning,

    /// <summary>There is no such working directory.</summary>
    WorkingDirectoryMissing,

    /// <summary>The command is there, and what its <c>#!</c> line or its program header names to run it is not.</summary>
    InterpreterNotFound,
}

/// <summary>Guest to host, after both output streams were drained and ended: the process is gone.</summary>
/// <param name="ProcessId">The host's name for it.</param>
/// <param name="ExitCode">0 to 255; 128 + signal where a signal ended it.</param>
/// <param name="Signal">The signal that ended it, or 0.</param>
/// <param name="OutOfMemory">True where the kernel ended it for want of memory; a <see cref="GuestEvent"/> went before.</param>
public sealed record ProcessExited(string ProcessId, int ExitCode, int Signal, bool OutOfMemory = false) : GuestMessage;

/// <summary>Guest to host, unasked: something happened in the container.</summary>
/// <param name="Kind">What.</param>
/// <param name="Count">How often it has in the guest's life.</param>
public sealed record GuestEvent(GuestEventKind Kind, long Count) : GuestMessage;

public enum GuestEventKind
{
    /// <summary>The kernel ended a process of the container for want of memory; which one, the exit of that process tells.</summary>
    OutOfMemory = 1,
}

/// <summary>
/// Guest to host: the container's world cannot be built, or a message was not understood; the message names the act, the
/// object and the cause. What fails of a <see cref="GuestRequest"/> is told by <see cref="RequestFailed"/>.
/// </summary>
public sealed record GuestFailed(string Message) : GuestMessage;
