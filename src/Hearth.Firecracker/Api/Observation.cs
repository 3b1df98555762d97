namespace Hearth.Firecracker.Api;

/// <summary>Where Firecracker's own log goes, for <c>PUT /logger</c>; without one, to its standard output.</summary>
public sealed record Logger
{
    /// <summary>A file or named pipe that exists already.</summary>
    public string? LogPath { get; init; }

    public LogLevel? Level { get; init; }

    public bool? ShowLevel { get; init; }

    public bool? ShowLogOrigin { get; init; }

    /// <summary>Only what comes from this path of Firecracker's modules.</summary>
    public string? Module { get; init; }
}

/// <summary>What is worth a line in the log, from the least on.</summary>
public enum LogLevel
{
    Off,
    Error,
    Warning,
    Info,
    Debug,
    Trace,
}

/// <summary>Where Firecracker writes its counters, one JSON object a line, for <c>PUT /metrics</c>; once.</summary>
public sealed record Metrics
{
    /// <summary>A file or named pipe that exists already.</summary>
    public required string MetricsPath { get; init; }
}

/// <summary>The metadata service for guests, for <c>PUT /mmds/config</c>; before the start.</summary>
public sealed record MmdsConfig
{
    /// <summary>Ids of interfaces, configured before, through which the guest may ask.</summary>
    public required IReadOnlyList<string> NetworkInterfaces { get; init; }

    public MmdsVersion? Version { get; init; }

    /// <summary>A link-local address; 169.254.169.254 when absent.</summary>
    public string? Ipv4Address { get; init; }

    /// <summary>True to answer as EC2's service does.</summary>
    public bool? ImdsCompat { get; init; }
}

/// <summary>The metadata service's protocol.</summary>
public enum MmdsVersion
{
    V1,

    /// <summary>With session tokens.</summary>
    V2,
}
