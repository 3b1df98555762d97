namespace Hearth.Firecracker.Api;

/// <summary>The target of Firecracker's own log: the body of <c>PUT /logger</c>. Without it, Firecracker logs to standard output.</summary>
public sealed record Logger
{
    /// <summary>An existing file or named pipe.</summary>
    public string? LogPath { get; init; }

    public LogLevel? Level { get; init; }

    public bool? ShowLevel { get; init; }

    public bool? ShowLogOrigin { get; init; }

    /// <summary>Logs only messages from this module path of Firecracker's code.</summary>
    public string? Module { get; init; }
}

/// <summary>The log's level, from no messages to all.</summary>
public enum LogLevel
{
    Off,
    Error,
    Warning,
    Info,
    Debug,
    Trace,
}

/// <summary>The target of Firecracker's counters, one JSON object a line: the body of <c>PUT /metrics</c>; legal once.</summary>
public sealed record Metrics
{
    /// <summary>An existing file or named pipe.</summary>
    public required string MetricsPath { get; init; }
}

/// <summary>The metadata service for guests: the body of <c>PUT /mmds/config</c>; legal before the start.</summary>
public sealed record MmdsConfig
{
    /// <summary>Ids of the network interfaces through which the guest may query the service; they must be configured first.</summary>
    public required IReadOnlyList<string> NetworkInterfaces { get; init; }

    public MmdsVersion? Version { get; init; }

    /// <summary>A link-local address; null for 169.254.169.254.</summary>
    public string? Ipv4Address { get; init; }

    /// <summary>True to answer like EC2's metadata service.</summary>
    public bool? ImdsCompat { get; init; }
}

/// <summary>The metadata service's protocol.</summary>
public enum MmdsVersion
{
    V1,

    /// <summary>With session tokens.</summary>
    V2,
}
