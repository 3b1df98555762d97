using Hearth.Admission;
using Hearth.Containers;
using Hearth.Hosting;
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

    /// <summary>Names by which clients may address this server without TLS, besides localhost and addresses.</summary>
    public IReadOnlyList<string> HostNames { get; init; } = [];

    public LogFormat LogFormat { get; init; }

    /// <summary>Prepared disks of roots.</summary>
    public required CacheSettings Cache { get; init; }

    /// <summary>Addresses besides the socket: <c>https://ADDRESS:PORT</c>.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [];

    public AccessFiles AccessFiles { get; init; } = new(null, null, null, null);

    public required AdmissionLimits Limits { get; init; }

    /// <summary>How long containers may go on after a request to end, before the daemon leaves them to the next one.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary>The program that becomes a container's keeper.</summary>
    public required string Program { get; init; }
}
