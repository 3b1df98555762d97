using Hearth.Runtime.Logs;

namespace Hearth.Runtime.Containers;

/// <summary>What a new container is to be.</summary>
public sealed record CreateRequest
{
    public required RunRequest Run { get; init; }

    /// <summary>Null for a name that is found.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it is removed when its process has ended.</summary>
    public bool AutoRemove { get; init; }

    /// <summary>Whether its standard input ends with that of the client that starts it.</summary>
    public bool InputEndsWithClient { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>How output is kept.</summary>
    public LogOptions Log { get; init; } = new();

    /// <summary>Set for a container engine's.</summary>
    public EngineDetails? Engine { get; init; }

    public int StopSignal { get; init; } = Linux.Processes.SignalNumber.Terminate;

    public int StopTimeoutSeconds { get; init; } = ContainerConfig.DefaultStopTimeoutSeconds;
}
