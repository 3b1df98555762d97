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
public sealed record GuestConfigured(IReadOnlyList<GuestPhase> Phases) : GuestMessage;

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
}

/// <summary>Guest to host, after both output streams were drained and ended: the process is gone.</summary>
/// <param name="ProcessId">The host's name for it.</param>
/// <param name="ExitCode">0 to 255; 128 + signal where a signal ended it.</param>
/// <param name="Signal">The signal that ended it, or 0.</param>
public sealed record ProcessExited(string ProcessId, int ExitCode, int Signal) : GuestMessage;

/// <summary>Guest to host: what was asked could not be done; the message names the act, the object and the cause.</summary>
public sealed record GuestFailed(string Message) : GuestMessage;
