namespace Hearth.OciRuntime;

/// <summary>What an engine says when it makes a container.</summary>
public sealed record EngineCreation
{
    /// <summary>The engine's own id, which becomes the container's name.</summary>
    public required string Id { get; init; }

    /// <summary>The bundle's directory.</summary>
    public required string Bundle { get; init; }

    /// <summary>Takes the keeper's pid; null for nowhere.</summary>
    public string? PidFile { get; init; }

    /// <summary>A Unix socket that takes the upper side of the workload's terminal; null for a workload without one.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>Looks up a variable of the caller's environment.</summary>
    public required Func<string, string?> Environment { get; init; }
}
