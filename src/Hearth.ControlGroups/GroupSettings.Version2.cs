namespace Hearth.ControlGroups;

/// <summary>The settings of v2: the kernel's Documentation/admin-guide/cgroup-v2.rst.</summary>
internal static partial class GroupSettings
{
    private const string Unlimited = "max";

    /// <summary>The kernel's default period in microseconds.</summary>
    private const ulong DefaultPeriod = 100_000;

    // The ends of the scales of weights: those of v1, which the OCI specification uses too, and those of v2.
    private const ulong LeastShares = 2;
    private const ulong MostShares = 262_144;
    private const ulong LeastIoWeight = 10;
    private const ulong MostIoWeight = 1000;
    private const ulong MostWeight = 10_000;

    /// <summary>Maps shares of 2 to 262144 linearly to a weight of 1 to 10000, as other runtimes do.</summary>
    internal static ulong WeightOfShares(ulong shares) =>
        1 + ((Math.Clamp(shares, LeastShares, MostShares) - LeastShares) * (MostWeight - 1) / (MostShares - LeastShares));

    /// <summary>Maps a weight of 10 to 1000 linearly to a weight of 1 to 10000.</summary>
    internal static ulong WeightOfIo(ulong weight) =>
        1 + ((Math.Clamp(weight, LeastIoWeight, MostIoWeight) - LeastIoWeight) * (MostWeight - 1) / (MostIoWeight - LeastIoWeight));

    private static IEnumerable<GroupSetting> OfVersion2(ResourceLimits limits, Func<string, string?> read) =>
        [.. Memory2(limits), .. Cpu2(limits, read), .. Io2(limits)];

    private static IEnumerable<GroupSetting> Memory2(ResourceLimits limits)
    {
        if (limits.ReservedMemoryInBytes is { } reserved)
        {
            yield return new GroupSetting(Controllers.Memory, "memory.low", Number(reserved));
        }

        if (limits.MemoryInBytes is { } size)
        {
            yield return new GroupSetting(Controllers.Memory, "memory.max", Number(size));
            yield return new GroupSetting(Controllers.Memory, "memory.swap.max", "0", isDispensable: true);
        }
    }

    /// <summary>Quota and period are in one file, so a value that is not given keeps its current setting.</summary>
    private static IEnumerable<GroupSetting> Cpu2(ResourceLimits limits, Func<string, string?> read)
    {
        if (limits.CpuShares is ulong shares)
        {
            yield return new GroupSetting(Controllers.Cpu, "cpu.weight", Number(WeightOfShares(shares)));
        }

        if (limits.CpuQuota is null && limits.CpuPeriod is null)
        {
            yield break;
        }

        string[] before = (read("cpu.max") ?? $"{Unlimited} {DefaultPeriod}").Trim().Split(' ');
        string quota = limits.CpuQuota is long given ? (given > 0 ? Number(given) : Unlimited) : before[0];
        string period = limits.CpuPeriod is ulong time ? Number(time) : before[^1];
        yield return new GroupSetting(Controllers.Cpu, "cpu.max", $"{quota} {period}");
    }

    private static IEnumerable<GroupSetting> Io2(ResourceLimits limits)
    {
        if (limits.IoWeight is ushort weight)
        {
            yield return Weight("default", weight);
        }

        foreach (IoLimit limit in limits.IoLimits)
        {
            string value = limit.Value == 0 ? Unlimited : Number(limit.Value);
            yield return limit.Kind switch
            {
                IoLimitKind.Weight => Weight(limit.Device, limit.Value),
                IoLimitKind.ReadBytes => Most("rbps"),
                IoLimitKind.WriteBytes => Most("wbps"),
                IoLimitKind.ReadRequests => Most("riops"),
                _ => Most("wiops"),
            };

            GroupSetting Most(string what) => new(Controllers.Io, "io.max", $"{limit.Device} {what}={value}");
        }
    }

    /// <summary>The kernel has two I/O schedulers with weights: BFQ, with v1's scale, and io.cost.</summary>
    private static GroupSetting Weight(string device, ulong weight) =>
        new(Controllers.Io, [("io.bfq.weight", $"{device} {Number(weight)}"), ("io.weight", $"{device} {Number(WeightOfIo(weight))}")]);
}
