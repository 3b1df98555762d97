namespace Hearth.Guest.Init.Processes;

/// <summary>What all processes of the guest share.</summary>
internal sealed record ProcessServices(ChildReaper Reaper, ReadinessLoop Readiness, ContainerNamespaces Namespaces, string Hostname)
{
    /// <summary>Held during a launch.</summary>
    internal SemaphoreSlim Launching { get; } = new(1, 1);
}
