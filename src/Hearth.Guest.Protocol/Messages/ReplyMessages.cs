namespace Hearth.Guest.Protocol.Messages;

/// <summary>Guest to host, the first message: init runs and the channel is open.</summary>
public sealed record GuestHello : GuestMessage
{
    /// <summary>The protocol version that the guest speaks: <see cref="GuestProtocol.Version"/>.</summary>
    public required int ProtocolVersion { get; init; }

    public required string KernelRelease { get; init; }

    /// <summary>The phases of the guest's start so far.</summary>
    public IReadOnlyList<GuestPhase> Phases { get; init; } = [];
}

/// <summary>A phase of the guest's start, in milliseconds of its own uptime (0 is the kernel's first instruction).</summary>
public sealed record GuestPhase(string Name, double StartMs, double DurationMs);

/// <summary>Guest to host: the container is set up.</summary>
/// <param name="Phases">The phases of the setup.</param>
/// <param name="Warnings">What could not be set up, each a sentence: for example, a controller that the kernel lacks.</param>
public sealed record GuestConfigured(IReadOnlyList<GuestPhase> Phases, IReadOnlyList<string> Warnings) : GuestMessage
{
    public GuestConfigured(IReadOnlyList<GuestPhase> phases)
        : this(phases, [])
    {
    }
}

/// <summary>Guest to host: the process is ready to execute its command and waits for <see cref="ReleaseProcess"/>.</summary>
public sealed record ProcessHeld(string ProcessId) : GuestMessage;

/// <summary>Guest to host: execve succeeded.</summary>
public sealed record ProcessStarted(string ProcessId, int GuestPid, double UptimeMs) : GuestMessage;

/// <summary>Guest to host: the process could not be started.</summary>
public sealed record ProcessFailed(string ProcessId, StartFailure Reason, string Message) : GuestMessage;

/// <summary>
/// Why a process did not start. Docker's exit codes follow from it: 127 for not found, 126 for not executable or not permitted.
/// </summary>
public enum StartFailure
{
    CommandNotFound,
    NotExecutable,
    UnknownUser,
    WorkingDirectory,
    System,

    /// <summary>The process was to join the container, but the first process has ended or was never started.</summary>
    ContainerNotRunning,

    /// <summary>The working directory does not exist.</summary>
    WorkingDirectoryMissing,

    /// <summary>The command exists, but the interpreter in its <c>#!</c> line or program header does not.</summary>
    InterpreterNotFound,
}

/// <summary>Guest to host, after both output streams were drained and ended: the process has ended.</summary>
/// <param name="ProcessId">The host's name for it.</param>
/// <param name="ExitCode">0 to 255; 128 + signal if a signal ended it.</param>
/// <param name="Signal">The signal that ended it, or 0.</param>
/// <param name="OutOfMemory">True if the kernel's out-of-memory killer ended it; a <see cref="GuestEvent"/> precedes this message.</param>
public sealed record ProcessExited(string ProcessId, int ExitCode, int Signal, bool OutOfMemory = false) : GuestMessage;

/// <summary>Guest to host, unsolicited: something happened in the container.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Count">How often it has happened since the guest started.</param>
public sealed record GuestEvent(GuestEventKind Kind, long Count) : GuestMessage;

public enum GuestEventKind
{
    /// <summary>The kernel's out-of-memory killer ended a process of the container; the exit of that process shows which one.</summary>
    OutOfMemory = 1,
}

/// <summary>
/// Guest to host: the container cannot be set up, or a message was not understood. The message names the act, the object and
/// the cause. <see cref="RequestFailed"/> reports the failure of a <see cref="GuestRequest"/>.
/// </summary>
public sealed record GuestFailed(string Message) : GuestMessage;
