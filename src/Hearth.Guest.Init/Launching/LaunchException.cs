using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Launching;

/// <summary>Why a process could not be started, for the one who asked.</summary>
internal sealed class LaunchException(StartFailure reason, string message) : Exception(message)
{
    internal StartFailure Reason { get; } = reason;

    /// <summary>What was to join the container came too late: its first process went away meanwhile.</summary>
    internal static LaunchException ContainerEnded() =>
        new(StartFailure.ContainerNotRunning, "the container's first process ended while this one was being started");
}
