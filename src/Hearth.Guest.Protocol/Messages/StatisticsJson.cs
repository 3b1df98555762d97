using System.Text.Json;

namespace Hearth.Guest.Protocol.Messages;

/// <summary><see cref="GuestStatistics"/> as JSON. Reading and writing have the same order of members.</summary>
internal static class StatisticsJson
{
    public static void Write(Utf8JsonWriter writer, GuestStatistics statistics)
    {
        writer.WriteNumber("uptimeUs", statistics.UptimeUs);
        if (statistics.Cpu is { } cpu)
        {
            writer.WriteMembers("cpu", cpu, WriteCpu);
        }

        if (statistics.Memory is { } memory)
        {
            writer.WriteMembers("memory", memory, WriteMemory);
        }

        if (statistics.Pids is { } pids)
        {
            writer.WriteMembers("pids", pids, WritePids);
        }

        writer.WriteMembersList("drives", statistics.Drives, WriteDrive);
        writer.WriteMembersList("interfaces", statistics.Interfaces, WriteInterface);
        writer.WriteMembers("init", statistics.Init, WriteInit);
    }

    public static GuestStatistics Read(JsonMembers members) => new()
    {
        UptimeUs = members.Int64("uptimeUs"),
        Cpu = members.OptionalMembers("cpu") is { } cpu ? ReadCpu(cpu) : null,
        Memory = members.OptionalMembers("memory") is { } memory ? ReadMemory(memory) : null,
        Pids = members.OptionalMembers("pids") is { } pids ? ReadPids(pids) : null,
        Drives = members.MembersList("drives", ReadDrive),
        Interfaces = members.MembersList("interfaces", ReadInterface),
        Init = ReadInit(members.Members("init")),
    };

    private static void WriteCpu(Utf8JsonWriter writer, CpuStatistics cpu)
    {
        writer.WriteNumber("usageUs", cpu.UsageUs);
        writer.WriteNumber("userUs", cpu.UserUs);
        writer.WriteNumber("systemUs", cpu.SystemUs);
        writer.WriteNumber("processors", cpu.Processors);
        writer.WriteNumber("throttledPeriods", cpu.ThrottledPeriods);
        writer.WriteNumber("throttledUs", cpu.ThrottledUs);
    }

    private static CpuStatistics ReadCpu(JsonMembers members) => new()
    {
        UsageUs = members.Int64("usageUs"),
        UserUs = members.Int64("userUs"),
        SystemUs = members.Int64("systemUs"),
        Processors = members.Int32("processors"),
        ThrottledPeriods = members.Int64("throttledPeriods"),
        ThrottledUs = members.Int64("throttledUs"),
    };

    private static void WriteMemory(Utf8JsonWriter writer, MemoryStatistics memory)
    {
        writer.WriteNumber("currentBytes", memory.CurrentBytes);
        writer.WriteOptional("peakBytes", memory.PeakBytes);
        writer.WriteNumber("limitBytes", memory.LimitBytes);
        writer.WriteNumber("inactiveFileBytes", memory.InactiveFileBytes);
        writer.WriteNumber("outOfMemoryKills", memory.OutOfMemoryKills);
    }

    private static MemoryStatistics ReadMemory(JsonMembers members) => new()
    {
        CurrentBytes = members.Int64("currentBytes"),
        PeakBytes = members.OptionalInt64("peakBytes"),
        LimitBytes = members.Int64("limitBytes"),
        InactiveFileBytes = members.Int64("inactiveFileBytes"),
        OutOfMemoryKills = members.Int64("outOfMemoryKills"),
    };

    private static void WritePids(Utf8JsonWriter writer, PidStatistics pids)
    {
        writer.WriteNumber("current", pids.Current);
        writer.WriteOptional("limit", pids.Limit);
    }

    private static PidStatistics ReadPids(JsonMembers members) => new(members.Int64("current"), members.OptionalInt64("limit"));

    private static void WriteDrive(Utf8JsonWriter writer, DriveStatistics drive)
    {
        writer.WriteString("name", drive.Name);
        writer.WriteNumber("readBytes", drive.ReadBytes);
        writer.WriteNumber("writtenBytes", drive.WrittenBytes);
        writer.WriteNumber("reads", drive.Reads);
        writer.WriteNumber("writes", drive.Writes);
    }

    private static DriveStatistics ReadDrive(JsonMembers members) => new(
        members.Text("name"), members.Int64("readBytes"), members.Int64("writtenBytes"), members.Int64("reads"), members.Int64("writes"));

    private static void WriteInterface(Utf8JsonWriter writer, InterfaceStatistics network)
    {
        writer.WriteString("name", network.Name);
        writer.WriteNumber("receivedBytes", network.ReceivedBytes);
        writer.WriteNumber("receivedPackets", network.ReceivedPackets);
        writer.WriteNumber("receivedErrors", network.ReceivedErrors);
        writer.WriteNumber("receivedDropped", network.ReceivedDropped);
        writer.WriteNumber("sentBytes", network.SentBytes);
        writer.WriteNumber("sentPackets", network.SentPackets);
        writer.WriteNumber("sentErrors", network.SentErrors);
        writer.WriteNumber("sentDropped", network.SentDropped);
    }

    private static InterfaceStatistics ReadInterface(JsonMembers members) => new()
    {
        Name = members.Text("name"),
        ReceivedBytes = members.Int64("receivedBytes"),
        ReceivedPackets = members.Int64("receivedPackets"),
        ReceivedErrors = members.Int64("receivedErrors"),
        ReceivedDropped = members.Int64("receivedDropped"),
        SentBytes = members.Int64("sentBytes"),
        SentPackets = members.Int64("sentPackets"),
        SentErrors = members.Int64("sentErrors"),
        SentDropped = members.Int64("sentDropped"),
    };

    private static void WriteInit(Utf8JsonWriter writer, InitStatistics init)
    {
        writer.WriteNumber("residentBytes", init.ResidentBytes);
        writer.WriteNumber("descriptors", init.Descriptors);
        writer.WriteNumber("threads", init.Threads);
    }

    private static InitStatistics ReadInit(JsonMembers members) =>
        new(members.Int64("residentBytes"), members.Int32("descriptors"), members.Int32("threads"));
}
