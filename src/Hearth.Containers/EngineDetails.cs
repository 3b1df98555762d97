namespace Hearth.Containers;

/// <summary>
/// What marks a container as a container engine's. Its keeper is the process that the engine waits for, and has the engine's
/// descriptors as its own standard streams: what the workload writes goes there and nowhere else.
/// </summary>
/// <param name="Bundle">The bundle's directory, absolute.</param>
public sealed record EngineDetails(string Bundle);
