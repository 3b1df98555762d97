using Hearth.Guest.Init.Boot;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Resources;

/// <summary>
/// Reads the container's resource usage from the kernel's counters: those of its control group, and those of the machine's drives
/// and interfaces, which only the container uses.
/// </summary>
internal static class StatisticsReading
{
    private const string Loopback = "lo";

    /// <summary>The unit of the stat files in /sys/block, regardless of the drive's block size.</summary>
    private const int SectorBytes = 512;

    internal static GuestStatistics Read(ControlGroup? group) => new()
    {
        UptimeUs = (long)(GuestClock.UptimeMs * 1000),
        Cpu = group is null ? null : ReadCpu(group),
        Memory = group is null ? null : ReadMemory(group),
        Pids = group?.TryReadNumber("pids.current") is long pids ? new PidStatistics(pids, group.TryReadNumber("pids.max")) : null,
        Drives = ReadDrives(),
        Interfaces = ParseInterfaces(File.ReadAllText("/proc/self/net/dev")),
        Init = ReadInit(),
    };

    /// <summary>Parses two header lines, which have no colon, then one for each interface: its name, eight numbers for receiving, eight for sending.</summary>
    internal static IReadOnlyList<InterfaceStatistics> ParseInterfaces(string text)
    {
        const int NumbersPerLine = 16;
        List<InterfaceStatistics> interfaces = [];
        foreach (string line in text.Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? Loopback : line[..colon].Trim();
            long[] numbers = colon < 0 ? [] : ParseNumbers(line[(colon + 1)..]);
            if (name != Loopback && numbers.Length >= NumbersPerLine)
            {
                interfaces.Add(new InterfaceStatistics
                {
                    Name = name,
                    ReceivedBytes = numbers[0],
                    ReceivedPackets = numbers[1],
                    ReceivedErrors = numbers[2],
                    ReceivedDropped = numbers[3],
                    SentBytes = numbers[8],
                    SentPackets = numbers[9],
                    SentErrors = numbers[10],
                    SentDropped = numbers[11],
                });
            }
        }

        return interfaces;
    }

    /// <summary>Parses the numbers of Documentation/block/stat.rst: reads, merges, sectors and time, then the same for writes.</summary>
    internal static DriveStatistics ParseDrive(string name, string stat)
    {
        long[] numbers = ParseNumbers(stat);
        return numbers.Length > 6
            ? new DriveStatistics(name, numbers[2] * SectorBytes, numbers[6] * SectorBytes, numbers[0], numbers[4])
            : new DriveStatistics(name, 0, 0, 0, 0);
    }

    /// <summary>Parses meminfo of proc(5), whose first line is <c>MemTotal: N kB</c>.</summary>
    internal static long ParseMachineMemory(string text) => ParseNumbers(text[..Math.Max(text.IndexOf('\n', StringComparison.Ordinal), 0)]) is [_, long kibibytes, ..]
        ? kibibytes << 10
        : long.MaxValue;

    private static DriveStatistics[] ReadDrives()
    {
        string[] drives = Directory.GetDirectories("/sys/block", "vd*");
        Array.Sort(drives, StringComparer.Ordinal);
        return Array.ConvertAll(drives, ReadDrive);
    }

    private static DriveStatistics ReadDrive(string directory) => ParseDrive(Path.GetFileName(directory), File.ReadAllText($"{directory}/stat"));

    private static long[] ParseNumbers(string text) =>
        Array.ConvertAll(text.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries), field => ControlGroup.ParseNumber(field) ?? 0);

    private static CpuStatistics ReadCpu(ControlGroup group)
    {
        IReadOnlyDictionary<string, long> table = group.ReadTable("cpu.stat");
        return new CpuStatistics
        {
            UsageUs = table.GetValueOrDefault("usage_usec"),
            UserUs = table.GetValueOrDefault("user_usec"),
            SystemUs = table.GetValueOrDefault("system_usec"),
            Processors = Environment.ProcessorCount,
            ThrottledPeriods = table.GetValueOrDefault("nr_throttled"),
            ThrottledUs = table.GetValueOrDefault("throttled_usec"),
        };
    }

    private static MemoryStatistics? ReadMemory(ControlGroup group) => group.TryReadNumber("memory.current") is long current
        ? new MemoryStatistics
        {
            CurrentBytes = current,
            PeakBytes = group.TryReadNumber("memory.peak"),
            LimitBytes = Math.Min(group.TryReadNumber("memory.max") ?? long.MaxValue, ParseMachineMemory(File.ReadAllText("/proc/meminfo"))),
            InactiveFileBytes = group.ReadTable("memory.stat").GetValueOrDefault("inactive_file"),
            OutOfMemoryKills = group.ReadTable("memory.events").GetValueOrDefault("oom_kill"),
        }
        : null;

    private static InitStatistics ReadInit()
    {
        ProcessStat? stat = ProcessStat.TryRead(Environment.ProcessId);
        return new InitStatistics(
            (stat?.ResidentPages ?? 0) * Environment.SystemPageSize, Directory.GetFileSystemEntries("/proc/self/fd").Length, stat?.Threads ?? 0);
    }
}
