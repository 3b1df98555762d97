using Hearth.Runtime.Logs;
using Hearth.Runtime.Rootfs;

namespace Hearth.Runtime.Containers;

/// <summary>
/// What a container is to be, as it stands in its <c>config.json</c>: all that a keeper needs to run it, now and after a restart
/// of the host. It may hold secrets: only root reads it, and nothing of it enters an image.
/// </summary>
public sealed record ContainerConfig
{
    public const int DefaultStopTimeoutSeconds = 10;

    /// <summary>64 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Unique among all containers.</summary>
    public required string Name { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required RunRequest Request { get; init; }

    /// <summary>Where prepared images are taken from and kept; null for nowhere.</summary>
    public CacheSettings? Cache { get; init; }

    /// <summary>Whether the container is removed when its process has ended.</summary>
    public bool AutoRemove { get; init; }

    /// <summary>Whether the process's standard input ends with that of the client that started it.</summary>
    public bool InputEndsWithClient { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>Set for a container engine's.</summary>
    public EngineDetails? Engine { get; init; }

    /// <summary>What <c>stop</c> sends first.</summary>
    public int StopSignal { get; init; } = Linux.Processes.SignalNumber.Terminate;

    /// <summary>How long <c>stop</c> waits before it kills.</summary>
    public int StopTimeoutSeconds { get; init; } = DefaultStopTimeoutSeconds;

    /// <summary>How output is kept.</summary>
    public LogOptions Log { get; init => field = value ?? new(); } = new();
}
