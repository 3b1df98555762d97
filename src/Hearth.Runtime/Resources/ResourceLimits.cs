using Hearth.Runtime.Specification;

namespace Hearth.Runtime.Resources;

/// <summary>
/// What a container may use of the host, all of it together: the VMM and the process that keeps it. The one place where limits
/// are computed. What is null is not limited, or on an update left as it is.
/// </summary>
internal sealed record ResourceLimits
{
    /// <summary>
    /// Tasks of the host: one for each of the guest's processors besides these. QEMU has up to 64 for disks and few others, the
    /// keeper one for each reader of the disk and the runtime's own. Measured: 7 and 18; the rest is room, and still bounded.
    /// </summary>
    private const int OwnTasks = 512;

    /// <summary>
    /// The keeper's part of the memory from the time that it joins the group: buffers of streams and of disk reads. What it
    /// took before, the disk's plan above all, stays with the group that it came from.
    /// </summary>
    private const int KeeperInMebibytes = 64;

    /// <summary>The guest's memory and what stands around it.</summary>
    public ByteSize? Memory { get; init; }

    /// <summary>2 to 262144, as v1 has it.</summary>
    public ulong? CpuShares { get; init; }

    /// <summary>Microseconds in each period; -1 for no limit.</summary>
    public long? CpuQuota { get; init; }

    /// <summary>Microseconds.</summary>
    public ulong? CpuPeriod { get; init; }

    public string? Processors { get; init; }

    public string? MemoryNodes { get; init; }

    public int? Tasks { get; init; }

    /// <summary>10 to 1000, as v1 has it.</summary>
    public ushort? IoWeight { get; init; }

    public IReadOnlyList<IoLimit> IoLimits { get; init; } = [];

    /// <summary>The controllers without which what was asked for cannot be had. Memory and tasks are not among them: the machine bounds them too.</summary>
    public Controllers Asked =>
        (CpuShares is not null || CpuQuota is > 0 ? Controllers.Cpu : Controllers.None)
        | (Processors is not null || MemoryNodes is not null ? Controllers.Cpuset : Controllers.None)
        | (IoWeight is not null || IoLimits.Count > 0 ? Controllers.Io : Controllers.None);

    /// <summary>Computes a container's limits.</summary>
    /// <param name="resources">What its description asks for.</param>
    /// <param name="memoryInMebibytes">The machine's memory.</param>
    /// <param name="processors">The machine's processors.</param>
    /// <param name="overheadInMebibytes">What the VMM takes beside the guest's memory.</param>
    public static ResourceLimits Of(ResourcesSpec? resources, int memoryInMebibytes, int processors, int overheadInMebibytes) => OfRequest(resources) with
    {
        Memory = ByteSize.FromMebibytes((long)memoryInMebibytes + overheadInMebibytes + KeeperInMebibytes),
        Tasks = processors + OwnTasks,
    };

    /// <summary>What a description asks for and a running machine can still be given: all but memory and tasks.</summary>
    public static ResourceLimits OfRequest(ResourcesSpec? resources) => new()
    {
        CpuShares = resources?.Cpu?.Shares is > 0 and ulong shares ? shares : null,
        CpuQuota = resources?.Cpu?.Quota is not 0 and long quota ? quota : null,
        CpuPeriod = resources?.Cpu?.Period is > 0 and ulong period ? period : null,
        Processors = NotEmpty(resources?.Cpu?.Cpus),
        MemoryNodes = NotEmpty(resources?.Cpu?.Mems),
        IoWeight = resources?.BlockIo?.Weight is > 0 and ushort weight ? weight : null,
        IoLimits = [.. IoLimit.All(resources?.BlockIo)],
    };

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
