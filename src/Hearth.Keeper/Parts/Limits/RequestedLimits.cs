using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.ControlGroups;

namespace Hearth.Keeper.Parts.Limits;

/// <summary>The one place where a container's limits are computed from its description.</summary>
internal static class RequestedLimits
{
    /// <summary>
    /// Host tasks, besides one for each of the guest's processors. QEMU has up to 64 for disks and a few others. The keeper has one
    /// for each reader of the disk, and those of the runtime. Measured: 7 and 18; the rest is reserve, and still bounded.
    /// </summary>
    private const int OwnTasks = 512;

    /// <summary>
    /// The keeper's share of the memory after it joins the group: buffers of streams and of disk reads. Memory that it took
    /// before, mostly the disk's plan, is charged to its previous group.
    /// </summary>
    private const int KeeperInMebibytes = 64;

    /// <summary>Computes a container's limits.</summary>
    /// <param name="resources">The limits that its description requests.</param>
    /// <param name="memoryInMebibytes">The machine's memory.</param>
    /// <param name="processors">The machine's processors.</param>
    /// <param name="overheadInMebibytes">The memory that the VMM uses besides the guest's.</param>
    public static ResourceLimits Of(ResourcesSpec? resources, int memoryInMebibytes, int processors, int overheadInMebibytes) => OfRequest(resources) with
    {
        MemoryInBytes = ByteSize.FromMebibytes((long)memoryInMebibytes + overheadInMebibytes + KeeperInMebibytes).Bytes,
        Tasks = processors + OwnTasks,
    };

    /// <summary>The requested limits that can change while the machine runs: all except memory and tasks.</summary>
    public static ResourceLimits OfRequest(ResourcesSpec? resources) => new()
    {
        ReservedMemoryInBytes = resources?.Memory?.Reservation is > 0 and long reserved ? reserved : null,
        CpuShares = resources?.Cpu?.Shares is > 0 and ulong shares ? shares : null,
        CpuQuota = resources?.Cpu?.Quota is not 0 and long quota ? quota : null,
        CpuPeriod = resources?.Cpu?.Period is > 0 and ulong period ? period : null,
        Processors = NotEmpty(resources?.Cpu?.Cpus),
        MemoryNodes = NotEmpty(resources?.Cpu?.Mems),
        IoWeight = resources?.BlockIo?.Weight is > 0 and ushort weight ? weight : null,
        IoLimits = [.. IoLimits(resources?.BlockIo)],
    };

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static IEnumerable<IoLimit> IoLimits(BlockIoSpec? io) => io is null
        ? []
        :
        [
            .. from device in io.WeightDevice
               let weight = device.Weight ?? 0
               where weight > 0
               select new IoLimit($"{device.Major}:{device.Minor}", IoLimitKind.Weight, weight),
            .. Throttles(IoLimitKind.ReadBytes, io.ThrottleReadBpsDevice),
            .. Throttles(IoLimitKind.WriteBytes, io.ThrottleWriteBpsDevice),
            .. Throttles(IoLimitKind.ReadRequests, io.ThrottleReadIopsDevice),
            .. Throttles(IoLimitKind.WriteRequests, io.ThrottleWriteIopsDevice),
        ];

    private static IEnumerable<IoLimit> Throttles(IoLimitKind kind, IEnumerable<DeviceThrottleSpec> throttles) =>
        throttles.Select(throttle => new IoLimit($"{throttle.Major}:{throttle.Minor}", kind, throttle.Rate));
}
