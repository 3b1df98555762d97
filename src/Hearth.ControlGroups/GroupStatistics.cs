using System.Globalization;

namespace Hearth.ControlGroups;

/// <summary>What a container has used of the host, VMM and keeper together. What a host does not count is null.</summary>
public sealed record GroupStatistics
{
    /// <summary>Processor time.</summary>
    public long? CpuNanoseconds { get; init; }

    public long? CpuUserNanoseconds { get; init; }

    public long? CpuSystemNanoseconds { get; init; }

    /// <summary>Quota periods that went by.</summary>
    public long? CpuPeriods { get; init; }

    /// <summary>Those of them in which the quota was used up.</summary>
    public long? CpuThrottledPeriods { get; init; }

    /// <summary>How long processes stood still for it.</summary>
    public long? CpuThrottledNanoseconds { get; init; }

    /// <summary>Page cache among it.</summary>
    public long? MemoryBytes { get; init; }

    public long? MemoryPeakBytes { get; init; }

    /// <summary>Null also where there is no limit.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>Page cache that the kernel takes back when somebody needs memory; docker's figures leave it out.</summary>
    public long? MemoryReclaimableBytes { get; init; }

    /// <summary>Processes that were killed since the memory had run out.</summary>
    public long? OomKills { get; init; }

    public long? Tasks { get; init; }

    /// <summary>Null also where there is no limit.</summary>
    public long? TasksLimit { get; init; }

    public IReadOnlyList<DeviceStatistics> Devices { get; init; } = [];

    /// <param name="find">The group where a controller is at work; null where it is nowhere.</param>
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

    /// <summary>v1 counts them since Linux 4.13; 0 before.</summary>
    internal static long CountOomKills(GroupDirectory memory) =>
        memory.ReadNumber(memory.Version == 2 ? "memory.events" : "memory.oom_control", "oom_kill") ?? 0;

    private static GroupStatistics ReadCpu(GroupDirectory? usage, GroupDirectory? cpu) => new()
    {
        CpuNanoseconds = usage?.Version == 2 ? Microseconds(usage, "usage_usec") : usage?.ReadNumber("cpuacct.usage"),
        CpuUserNanoseconds = usage?.Version == 2 ? Microseconds(usage, "user_usec") : usage?.ReadNumber("cpuacct.usage_user"),
        CpuSystemNanoseconds = usage?.Version == 2 ? Microseconds(usage, "system_usec") : usage?.ReadNumber("cpuacct.usage_sys"),
        CpuPeriods = cpu?.ReadNumber("cpu.stat", "nr_periods"),
        CpuThrottledPeriods = cpu?.ReadNumber("cpu.stat", "nr_throttled"),
        CpuThrottledNanoseconds = cpu?.Version == 2 ? Microseconds(cpu, "throttled_usec") : cpu?.ReadNumber("cpu.stat", "throttled_time"),
    };

    private static long? Microseconds(GroupDirectory cpu, string name) => cpu.ReadNumber("cpu.stat", name) * TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerMicrosecond;

    /// <summary>v1 writes no limit as the greatest number of whole pages.</summary>
    private static long? Limit(long? limit) => limit > long.MaxValue - (1 << 20) ? null : limit;
}

/// <summary>What a container has read and written of one block device of the host, which is named <c>MAJOR:MINOR</c>.</summary>
public sealed record DeviceStatistics(string Device, long ReadBytes, long WrittenBytes, long Reads, long Writes)
{
    internal static IReadOnlyList<DeviceStatistics> Read(GroupDirectory io) => io.Version == 2
        ? [.. Lines(io, "io.stat").Select(OfVersion2)]
        : OfVersion1(Lines(io, "blkio.throttle.io_service_bytes_recursive"), Lines(io, "blkio.throttle.io_serviced_recursive"));

    /// <summary><c>8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0</c>.</summary>
    private static DeviceStatistics OfVersion2(string[] words)
    {
        return new DeviceStatistics(words[0], Value("rbytes="), Value("wbytes="), Value("rios="), Value("wios="));

        long Value(string key) => words.FirstOrDefault(word => word.StartsWith(key, StringComparison.Ordinal)) is string word ? Number(word[key.Length..]) : 0;
    }

    /// <summary><c>8:0 Read 1</c>, a line for each device and kind.</summary>
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
