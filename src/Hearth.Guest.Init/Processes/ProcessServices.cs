using Hearth.Guest.Init.Polling;
using Hearth.Guest.Init.Resources;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Processes;

/// <summary>What all processes of the guest share.</summary>
/// <param name="Reaper">Waits for them.</param>
/// <param name="Readiness">Waits for their streams.</param>
/// <param name="Namespaces">Where they live.</param>
/// <param name="Group">What limits them; null where the kernel has no control groups.</param>
/// <param name="OutOfMemory">Counts those that the kernel ended.</param>
/// <param name="Configuration">The container's.</param>
internal sealed record ProcessServices(
    ChildReaper Reaper, ReadinessLoop Readiness, ContainerNamespaces Namespaces, ContainerGroup? Group, OutOfMemoryWatch OutOfMemory, ConfigureGuest Configuration)
{
    /// <summary>Starts them.</summary>
    internal LaunchQueue Launches { get; } = new();
}
