namespace Hearth.OciRuntime;

/// <summary>The arguments of an engine's <c>create</c>.</summary>
public sealed record EngineCreation
{
    /// <summary>The engine's own id, which becomes the container's name.</summary>
    public required string Id { get; init; }

    /// <summary>The bundle's directory.</summary>
    public required string Bundle { get; init; }

    /// <summary>The file that receives the keeper's pid; null for none.</summary>
    public string? PidFile { get; init; }

    /// <summary>The Unix socket that receives the master side of the workload's terminal; null for a workload without one.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>Looks up a variable of the caller's environment.</summary>
    public required Func<string, string?> Environment { get; init; }
}
