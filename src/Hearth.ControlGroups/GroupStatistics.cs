using System.Globalization;

namespace Hearth.ControlGroups;

/// <summary>The host's resources that a container uses, VMM and keeper together. Values that the host does not count are null.</summary>
public sealed record GroupStatistics
{
    /// <summary>The used processor time.</summary>
    public long? CpuNanoseconds { get; init; }

    public long? CpuUserNanoseconds { get; init; }

    public long? CpuSystemNanoseconds { get; init; }

    /// <summary>The number of elapsed quota periods.</summary>
    public long? CpuPeriods { get; init; }

    /// <summary>The number of periods in which the quota was used up.</summary>
    public long? CpuThrottledPeriods { get; init; }

    /// <summary>The time for which processes were stopped because the quota was used up.</summary>
    public long? CpuThrottledNanoseconds { get; init; }

    /// <summary>The used memory, including page cache.</summary>
    public long? MemoryBytes { get; init; }

    public long? MemoryPeakBytes { get; init; }

    /// <summary>The limit of memory; null also if there is no limit.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>Page cache that the kernel can reclaim when memory is needed; docker's figures do not include it.</summary>
    public long? MemoryReclaimableBytes { get; init; }

    /// <summary>The number of processes that were killed because the group was out of memory.</summary>
    public long? OomKills { get; init; }

    public long? Tasks { get; init; }

    /// <summary>The limit of tasks; null also if there is no limit.</summary>
    public long? TasksLimit { get; init; }

    public IReadOnlyList<DeviceStatistics> Devices { get; init; } = [];

    /// <param name="find">Finds the group with a controller; null if there is none.</param>
    internal static GroupStatistics Read(Func<Controllers, GroupDirectory?> find)
    {
        GroupStatistics cpu = ReadCpu(find(Controllers.CpuUsage), find(Controllers.Cpu));
        GroupDirectory? memory = find(Controllers.Memory);
        GroupDirectory? tasks = find(Controllers.Pids);
        bool isVersion2 = memory?.Version == 2;
        return cpu with
        {
            MemoryBytes = memory?.ReadNumber(isVersion2 ? "memory.current" : "memory.usage_in_bytes"),
            MemoryPeakBytes = memory?.ReadNumber(isVersion2 ? "memory.peak" : "memory.max_usage_in_bytes"),
            MemoryLimitBytes = Limit(memory?.ReadNumber(isVersion2 ? "memory.max" : "memory.limit_in_bytes")),
            MemoryReclaimableBytes = memory?.ReadNumber("memory.stat", isVersion2 ? "inactive_file" : "total_inactive_file"),
            OomKills = memory is null ? null : CountOomKills(memory),
            Tasks = tasks?.ReadNumber("pids.current"),
            TasksLimit = tasks?.ReadNumber("pids.max"),
            Devices = find(Controllers.Io) is { } io ? DeviceStatistics.Read(io) : [],
        };
    }

    /// <summary>The number of out-of-memory kills. v1 counts them since Linux 4.13; before, this is 0.</summary>
    internal static long CountOomKills(GroupDirectory memory) =>
        memory.ReadNumber(memory.Version == 2 ? "memory.events" : "memory.oom_control", "oom_kill") ?? 0;

    private static GroupStatistics ReadCpu(GroupDirectory? usage, GroupDirectory? cpu)
    {
        (long? total, long? user, long? system) = usage?.Version == 2
            ? (Microseconds(usage, "usage_usec"), Microseconds(usage, "user_usec"), Microseconds(usage, "system_usec"))
            : Divide(usage?.ReadNumber("cpuacct.usage"), usage?.ReadNumber("cpuacct.usage_user"), usage?.ReadNumber("cpuacct.usage_sys"));
        return new()
        {
            CpuNanoseconds = total,
            CpuUserNanoseconds = user,
            CpuSystemNanoseconds = system,
            CpuPeriods = cpu?.ReadNumber("cpu.stat", "nr_periods"),
            CpuThrottledPeriods = cpu?.ReadNumber("cpu.stat", "nr_throttled"),
            CpuThrottledNanoseconds = cpu?.Version == 2 ? Microseconds(cpu, "throttled_usec") : cpu?.ReadNumber("cpu.stat", "throttled_time"),
        };
    }

    /// <summary>
    /// Divides the exact total of v1 in the ratio of its two parts, which count timer ticks and can therefore exceed the total.
    /// v2's kernel does the same (cputime_adjust in kernel/sched/cputime.c).
    /// </summary>
    internal static (long? Total, long? User, long? System) Divide(long? total, long? user, long? system)
    {
        if (total is not { } all || user is not { } inUser || system is not { } inSystem)
        {
            return (total, user, system);
        }

        long divided = inSystem == 0 ? all : (long)(all * ((double)inUser / (inUser + inSystem)));
        return (all, divided, all - divided);
    }

    private static long? Microseconds(GroupDirectory cpu, string name) => cpu.ReadNumber("cpu.stat", name) * TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerMicrosecond;

    /// <summary>Null for no limit, which v1 writes as the greatest number of whole pages.</summary>
    private static long? Limit(long? limit) => limit > long.MaxValue - (1 << 20) ? null : limit;
}

/// <summary>A container's reads and writes on one block device of the host, with the name <c>MAJOR:MINOR</c>.</summary>
public sealed record DeviceStatistics(string Device, long ReadBytes, long WrittenBytes, long Reads, long Writes)
{
    internal static IReadOnlyList<DeviceStatistics> Read(GroupDirectory io) => io.Version == 2
        ? [.. Lines(io, "io.stat").Select(OfVersion2)]
        : OfVersion1(Lines(io, "blkio.throttle.io_service_bytes_recursive"), Lines(io, "blkio.throttle.io_serviced_recursive"));

    /// <summary>The format: <c>8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0</c>.</summary>
    private static DeviceStatistics OfVersion2(string[] words)
    {
        return new DeviceStatistics(words[0], Value("rbytes="), Value("wbytes="), Value("rios="), Value("wios="));

        long Value(string key) => words.FirstOrDefault(word => word.StartsWith(key, StringComparison.Ordinal)) is string word ? Number(word[key.Length..]) : 0;
    }

    /// <summary>The format: <c>8:0 Read 1</c>, one line for each device and kind.</summary>
    private static DeviceStatistics[] OfVersion1(string[][] bytes, string[][] requests)
    {
        return
        [
            .. from device in bytes.Where(words => words.Length == 3).Select(words => words[0]).Distinct()
               select new DeviceStatistics(device, Value(bytes, device, "Read"), Value(bytes, device, "Write"), Value(requests, device, "Read"), Value(requests, device, "Write")),
        ];

        static long Value(string[][] lines, string device, string kind) =>
            lines.FirstOrDefault(words => words.Length == 3 && words[0] == device && words[1] == kind) is { } line ? Number(line[2]) : 0;
    }

    private static string[][] Lines(GroupDirectory io, string file) =>
        [.. (io.Read(file) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    private static long Number(string digits) => long.TryParse(digits, CultureInfo.InvariantCulture, out long number) ? number : 0;
}
