using System.Text.Json.Serialization;

namespace Hearth.Firecracker.Api;

/// <summary>The kernel of <c>PUT /boot-source</c>; before the start.</summary>
public sealed record BootSource
{
    /// <summary>An uncompressed ELF vmlinux, as Firecracker's process names it.</summary>
    public required string KernelImagePath { get; init; }

    public string? InitrdPath { get; init; }

    /// <summary>The kernel's command line; replaces the default one, at most 2048 bytes with what Firecracker appends.</summary>
    public string? BootArgs { get; init; }
}

/// <summary>Processors and memory: the answer of <c>GET /machine-config</c>, the body of its PUT; before the start.</summary>
public sealed record MachineConfig
{
    /// <summary>1 to 32.</summary>
    public required int VcpuCount { get; init; }

    public required int MemSizeMib { get; init; }

    /// <summary>Threads of one core for the guest, x86 only; then <see cref="VcpuCount"/> is 1 or even.</summary>
    public bool? Smt { get; init; }

    /// <summary>True to make differential snapshots possible.</summary>
    public bool? TrackDirtyPages { get; init; }

    public HugePages? HugePages { get; init; }

    /// <summary>Deprecated by Firecracker in favour of <see cref="CpuConfig"/>.</summary>
    public CpuTemplate? CpuTemplate { get; init; }
}

/// <summary>What of <see cref="MachineConfig"/> <c>PATCH /machine-config</c> shall change; before the start.</summary>
public sealed record MachineConfigUpdate
{
    public int? VcpuCount { get; init; }

    public int? MemSizeMib { get; init; }

    public bool? Smt { get; init; }

    public bool? TrackDirtyPages { get; init; }

    public HugePages? HugePages { get; init; }

    public CpuTemplate? CpuTemplate { get; init; }
}

/// <summary>The pages behind the guest's memory.</summary>
public enum HugePages
{
    None,

    /// <summary>2 MiB pages of hugetlbfs, which the host has to have reserved.</summary>
    [JsonStringEnumMemberName("2M")]
    TwoMebibytes,
}

/// <summary>Firecracker's processor templates.</summary>
public enum CpuTemplate
{
    None,
    C3,
    T2,
    T2S,
    T2CL,
    T2A,
    V1N1,
}
