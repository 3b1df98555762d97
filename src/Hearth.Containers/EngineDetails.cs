namespace Hearth.Containers;

/// <summary>
/// The details of a container that a container engine created. Its keeper is the process that the engine waits for. The
/// keeper has the engine's descriptors as its standard streams, so the workload's output goes only there.
/// </summary>
/// <param name="Bundle">The bundle's directory, absolute.</param>
public sealed record EngineDetails(string Bundle)
{
    /// <summary>Whether the engine may read the container's root after its end. If not, what the container changed of it is dropped.</summary>
    public bool KeepsRoot { get; init; } = true;
}
