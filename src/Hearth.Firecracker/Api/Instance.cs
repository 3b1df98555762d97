using System.Text.Json.Serialization;

namespace Hearth.Firecracker.Api;

/// <summary>The answer of <c>GET /</c>.</summary>
public sealed record InstanceInfo
{
    public required string AppName { get; init; }

    public required string Id { get; init; }

    public required InstanceState State { get; init; }

    public required string VmmVersion { get; init; }
}

/// <summary>The state of a microVM.</summary>
public enum InstanceState
{
    [JsonStringEnumMemberName("Not started")]
    NotStarted,
    Running,
    Paused,
}

/// <summary>The body of <c>PUT /actions</c>.</summary>
internal sealed record InstanceAction(InstanceActionType ActionType);

/// <summary>The actions on a microVM.</summary>
internal enum InstanceActionType
{
    InstanceStart,
    FlushMetrics,
    SendCtrlAltDel,
}

/// <summary>The body of <c>PATCH /vm</c>.</summary>
internal sealed record VmUpdate(VmState State);

/// <summary>Whether the virtual processors run.</summary>
internal enum VmState
{
    Paused,
    Resumed,
}

/// <summary>The answer of <c>GET /version</c>.</summary>
internal sealed record VersionAnswer
{
    [JsonPropertyName("firecracker_version")]
    public required string Version { get; init; }
}

/// <summary>The body of every error answer.</summary>
internal sealed record ErrorAnswer
{
    public string? FaultMessage { get; init; }
}

/// <summary>
/// The whole configuration of a microVM: the answer of <c>GET /vm/config</c>. Parts that were never configured are null.
/// </summary>
public sealed record FullVmConfiguration
{
    public Balloon? Balloon { get; init; }

    public IReadOnlyList<Drive>? Drives { get; init; }

    [JsonPropertyName("boot-source")]
    public BootSource? BootSource { get; init; }

    [JsonPropertyName("cpu-config")]
    public CpuConfig? CpuConfig { get; init; }

    public Logger? Logger { get; init; }

    [JsonPropertyName("machine-config")]
    public MachineConfig? MachineConfig { get; init; }

    public Metrics? Metrics { get; init; }

    [JsonPropertyName("mmds-config")]
    public MmdsConfig? MmdsConfig { get; init; }

    [JsonPropertyName("network-interfaces")]
    public IReadOnlyList<NetworkInterface>? NetworkInterfaces { get; init; }

    public Vsock? Vsock { get; init; }

    public EntropyDevice? Entropy { get; init; }
}
