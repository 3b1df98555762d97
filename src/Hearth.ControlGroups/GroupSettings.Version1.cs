using System.Globalization;

namespace Hearth.ControlGroups;

/// <summary>The settings of v1: the kernel's Documentation/admin-guide/cgroup-v1.</summary>
internal static partial class GroupSettings
{
    private const string MemoryFile = "memory.limit_in_bytes";

    /// <summary>The limit of memory and swap together; missing if the kernel does not count swap.</summary>
    private const string MemoryAndSwapFile = "memory.memsw.limit_in_bytes";

    private static IEnumerable<GroupSetting> OfVersion1(ResourceLimits limits, Func<string, string?> read) =>
        [.. Memory1(limits.MemoryInBytes, read), .. Reservation1(limits), .. Cpu1(limits), .. Io1(limits)];

    /// <summary>
    /// Sets both limits to the same value, so nothing is swapped. The order of the writes matters: the limit of memory must never be
    /// above the limit of memory and swap.
    /// </summary>
    private static GroupSetting[] Memory1(long? limit, Func<string, string?> read)
    {
        if (limit is not { } size)
        {
            return [];
        }

        var memory = new GroupSetting(Controllers.Memory, MemoryFile, Number(size));
        var both = new GroupSetting(Controllers.Memory, MemoryAndSwapFile, Number(size), isDispensable: true);
        bool grows = long.TryParse(read(MemoryAndSwapFile), CultureInfo.InvariantCulture, out long before) && before < size;
        return grows ? [both, memory] : [memory, both];
    }

    private static IEnumerable<GroupSetting> Reservation1(ResourceLimits limits) => limits.ReservedMemoryInBytes is { } reserved
        ? [new GroupSetting(Controllers.Memory, "memory.soft_limit_in_bytes", Number(reserved), isDispensable: true)]
        : [];

    private static IEnumerable<GroupSetting> Cpu1(ResourceLimits limits)
    {
        if (limits.CpuShares is ulong shares)
        {
            yield return new GroupSetting(Controllers.Cpu, "cpu.shares", Number(shares));
        }

        if (limits.CpuPeriod is ulong period)
        {
            yield return new GroupSetting(Controllers.Cpu, "cpu.cfs_period_us", Number(period));
        }

        if (limits.CpuQuota is long quota)
        {
            yield return new GroupSetting(Controllers.Cpu, "cpu.cfs_quota_us", Number(Math.Max(quota, -1)));
        }
    }

    private static IEnumerable<GroupSetting> Io1(ResourceLimits limits)
    {
        if (limits.IoWeight is ushort weight)
        {
            yield return new GroupSetting(Controllers.Io, [("blkio.bfq.weight", Number(weight)), ("blkio.weight", Number(weight))]);
        }

        foreach (IoLimit limit in limits.IoLimits)
        {
            string value = $"{limit.Device} {Number(limit.Value)}";
            yield return limit.Kind switch
            {
                IoLimitKind.Weight => new GroupSetting(Controllers.Io, [("blkio.bfq.weight_device", value), ("blkio.weight_device", value)]),
                IoLimitKind.ReadBytes => new GroupSetting(Controllers.Io, "blkio.throttle.read_bps_device", value),
                IoLimitKind.WriteBytes => new GroupSetting(Controllers.Io, "blkio.throttle.write_bps_device", value),
                IoLimitKind.ReadRequests => new GroupSetting(Controllers.Io, "blkio.throttle.read_iops_device", value),
                _ => new GroupSetting(Controllers.Io, "blkio.throttle.write_iops_device", value),
            };
        }
    }
}
