using System.Text.Json.Serialization;

namespace Hearth.Firecracker.Api;

/// <summary>The guest's kernel: the body of <c>PUT /boot-source</c>; legal before the start.</summary>
public sealed record BootSource
{
    /// <summary>The path of an uncompressed ELF vmlinux, as Firecracker's process sees it.</summary>
    public required string KernelImagePath { get; init; }

    public string? InitrdPath { get; init; }

    /// <summary>The kernel's command line, which replaces the default one: at most 2048 bytes with Firecracker's additions.</summary>
    public string? BootArgs { get; init; }
}

/// <summary>
/// Processors and memory: the answer of <c>GET /machine-config</c> and the body of <c>PUT /machine-config</c>. The PUT is
/// legal before the start.
/// </summary>
public sealed record MachineConfig
{
    /// <summary>1 to 32.</summary>
    public required int VcpuCount { get; init; }

    public required int MemSizeMib { get; init; }

    /// <summary>
    /// True to show the guest two threads for each core (x86 only); <see cref="VcpuCount"/> must then be 1 or even.
    /// </summary>
    public bool? Smt { get; init; }

    /// <summary>True to make differential snapshots possible.</summary>
    public bool? TrackDirtyPages { get; init; }

    public HugePages? HugePages { get; init; }

    /// <summary>Deprecated by Firecracker in favour of <see cref="CpuConfig"/>.</summary>
    public CpuTemplate? CpuTemplate { get; init; }
}

/// <summary>
/// Changes to a <see cref="MachineConfig"/>: the body of <c>PATCH /machine-config</c>; legal before the start. Null members
/// stay unchanged.
/// </summary>
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

    /// <summary>2 MiB pages of hugetlbfs; the host must have reserved them.</summary>
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
