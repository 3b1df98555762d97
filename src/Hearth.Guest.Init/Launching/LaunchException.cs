using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Launching;

/// <summary>The reason why a process was not started, reported to the host.</summary>
internal sealed class LaunchException(StartFailure reason, string message) : Exception(message)
{
    internal StartFailure Reason { get; } = reason;

    /// <summary>The failure of a process that was to join the container, whose first process ended in the meantime.</summary>
    internal static LaunchException ContainerEnded() =>
        new(StartFailure.ContainerNotRunning, "the container's first process ended while this one was being started");
}
