using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Worker.Telemetry;

namespace Hearth.Worker;

/// <summary>How the daemon runs.</summary>
/// <param name="Directories">Where containers and images are.</param>
/// <param name="Environment">Of this program and of keepers.</param>
internal sealed record WorkerOptions(HearthDirectories Directories, HostEnvironment Environment)
{
    public const string DefaultSocket = "/run/hearth/docker.sock";

    public string Socket { get; init; } = DefaultSocket;

    /// <summary>The group that may use the socket; null for root alone.</summary>
    public uint? Group { get; init; }

    /// <summary>Names by which browsers may address this server, besides localhost and addresses.</summary>
    public IReadOnlyList<string> HostNames { get; init; } = [];

    public LogFormat LogFormat { get; init; }

    /// <summary>The program that becomes a container's keeper.</summary>
    public required string Program { get; init; }
}
