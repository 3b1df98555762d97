using Hearth.Guest.Init.Polling;
using Hearth.Guest.Init.Resources;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Processes;

/// <summary>What all processes of the guest share.</summary>
/// <param name="Reaper">Waits for the processes.</param>
/// <param name="Readiness">Waits for their streams.</param>
/// <param name="Namespaces">The process namespaces in which they run.</param>
/// <param name="Group">The control group that limits them; null if the kernel has no control groups.</param>
/// <param name="OutOfMemory">Counts those that the out-of-memory killer ended.</param>
/// <param name="Configuration">The container's configuration.</param>
internal sealed record ProcessServices(
    ChildReaper Reaper, ReadinessLoop Readiness, ContainerNamespaces Namespaces, ContainerGroup? Group, OutOfMemoryWatch OutOfMemory, ConfigureGuest Configuration)
{
    /// <summary>The queue that launches the processes.</summary>
    internal LaunchQueue Launches { get; } = new();
}
