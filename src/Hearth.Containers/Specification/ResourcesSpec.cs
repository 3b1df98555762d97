using System.Text.Json.Serialization;

namespace Hearth.Containers.Specification;

/// <summary>The specification's <c>linux.resources</c>: the members that apply to a machine. The others concern shared kernels.</summary>
public sealed record ResourcesSpec
{
    /// <exception cref="HearthException">The bytes are not JSON, or not resources.</exception>
    public static ResourcesSpec Parse(ReadOnlySpan<byte> json, string name) =>
        SpecificationReading.Read(json, SpecificationJson.Default.ResourcesSpec, $"the resources '{name}'");

    public MemorySpec? Memory { get; init; }

    public CpuSpec? Cpu { get; init; }

    public PidsSpec? Pids { get; init; }

    [JsonPropertyName("blockIO")]
    public BlockIoSpec? BlockIo { get; init; }

    /// <summary>
    /// Returns these resources. Values that are not set (null, or the specification's 0) are taken from the earlier ones.
    /// </summary>
    public ResourcesSpec Over(ResourcesSpec? before) => before is null ? this : new ResourcesSpec
    {
        Memory = Memory is null ? before.Memory : Memory.Over(before.Memory),
        Cpu = Cpu is null ? before.Cpu : Cpu.Over(before.Cpu),
        Pids = Pids?.Limit is null or 0 ? before.Pids : Pids,
        BlockIo = BlockIo is null ? before.BlockIo : BlockIo.Over(before.BlockIo),
    };
}

/// <summary>The specification's <c>linux.resources.memory</c>, in bytes.</summary>
public sealed record MemorySpec
{
    /// <summary>The machine's memory; -1 for no limit, which a machine cannot have.</summary>
    public long? Limit { get; init; }

    public long? Reservation { get; init; }

    /// <summary>Memory and swap together; a machine gets none of the host's swap.</summary>
    public long? Swap { get; init; }

    internal MemorySpec Over(MemorySpec? before) => new()
    {
        Limit = Limit is null or 0 ? before?.Limit : Limit,
        Reservation = Reservation is null or 0 ? before?.Reservation : Reservation,
        Swap = Swap is null or 0 ? before?.Swap : Swap,
    };
}

/// <summary>The specification's <c>linux.resources.cpu</c>.</summary>
public sealed record CpuSpec
{
    /// <summary>docker's and the kernel's default of <see cref="Period"/>.</summary>
    public const ulong DefaultPeriod = 100_000;

    /// <summary>A <see cref="Quota"/> that replaces an earlier one by none.</summary>
    public const long Unlimited = -1;

    /// <summary>Processor time as a number of processors, a fraction allowed.</summary>
    public static CpuSpec OfProcessors(double processors) => new() { Period = DefaultPeriod, Quota = (long)(processors * DefaultPeriod) };

    /// <summary>Weight relative to other groups, 2 to 262144; the default is 1024.</summary>
    public ulong? Shares { get; init; }

    /// <summary>Microseconds of processor time within each <see cref="Period"/>.</summary>
    public long? Quota { get; init; }

    /// <summary>Microseconds.</summary>
    public ulong? Period { get; init; }

    /// <summary>Processors of the host that may be used, such as <c>0-3,8</c>.</summary>
    public string? Cpus { get; init; }

    /// <summary>Memory nodes of the host that may be used.</summary>
    public string? Mems { get; init; }

    internal CpuSpec Over(CpuSpec? before) => new()
    {
        Shares = Shares is null or 0 ? before?.Shares : Shares,
        Quota = Quota is null or 0 ? before?.Quota : Quota,
        Period = Period is null or 0 ? before?.Period : Period,
        Cpus = string.IsNullOrEmpty(Cpus) ? before?.Cpus : Cpus,
        Mems = string.IsNullOrEmpty(Mems) ? before?.Mems : Mems,
    };
}

/// <summary>The specification's <c>linux.resources.pids</c>: a limit on the workload's processes, which are the guest's.</summary>
public sealed record PidsSpec
{
    /// <summary>The specification's value for no limit.</summary>
    public const long Unlimited = -1;

    public long? Limit { get; init; }
}

/// <summary>The specification's <c>linux.resources.blockIO</c>.</summary>
public sealed record BlockIoSpec
{
    /// <summary>Weight relative to other groups, 10 to 1000.</summary>
    public ushort? Weight { get; init; }

    internal BlockIoSpec Over(BlockIoSpec? before) => before is null ? this : new()
    {
        Weight = Weight is null or 0 ? before.Weight : Weight,
        WeightDevice = WeightDevice.Count > 0 ? WeightDevice : before.WeightDevice,
        ThrottleReadBpsDevice = ThrottleReadBpsDevice.Count > 0 ? ThrottleReadBpsDevice : before.ThrottleReadBpsDevice,
        ThrottleWriteBpsDevice = ThrottleWriteBpsDevice.Count > 0 ? ThrottleWriteBpsDevice : before.ThrottleWriteBpsDevice,
        ThrottleReadIopsDevice = ThrottleReadIopsDevice.Count > 0 ? ThrottleReadIopsDevice : before.ThrottleReadIopsDevice,
        ThrottleWriteIopsDevice = ThrottleWriteIopsDevice.Count > 0 ? ThrottleWriteIopsDevice : before.ThrottleWriteIopsDevice,
    };

    public IReadOnlyList<DeviceWeightSpec> WeightDevice { get; init => field = value ?? []; } = [];

    /// <summary>Bytes per second.</summary>
    public IReadOnlyList<DeviceThrottleSpec> ThrottleReadBpsDevice { get; init => field = value ?? []; } = [];

    /// <summary>Bytes per second.</summary>
    public IReadOnlyList<DeviceThrottleSpec> ThrottleWriteBpsDevice { get; init => field = value ?? []; } = [];

    /// <summary>Requests per second.</summary>
    [JsonPropertyName("throttleReadIOPSDevice")]
    public IReadOnlyList<DeviceThrottleSpec> ThrottleReadIopsDevice { get; init => field = value ?? []; } = [];

    /// <summary>Requests per second.</summary>
    [JsonPropertyName("throttleWriteIOPSDevice")]
    public IReadOnlyList<DeviceThrottleSpec> ThrottleWriteIopsDevice { get; init => field = value ?? []; } = [];
}

/// <summary>A weight for one device.</summary>
public sealed record DeviceWeightSpec
{
    public required long Major { get; init; }

    public required long Minor { get; init; }

    public ushort? Weight { get; init; }
}

/// <summary>A rate for one device.</summary>
public sealed record DeviceThrottleSpec
{
    public required long Major { get; init; }

    public required long Minor { get; init; }

    public required ulong Rate { get; init; }
}
