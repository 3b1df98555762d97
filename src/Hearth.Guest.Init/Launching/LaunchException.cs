using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Launching;

/// <summary>Why a process could not be started, for the one who asked.</summary>
internal sealed class LaunchException(StartFailure reason, string message) : Exception(message)
{
    internal StartFailure Reason { get; } = reason;
}
