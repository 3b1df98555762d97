using System.Globalization;
using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Rendering;

/// <summary>A container as a line of <c>stats</c>; the names are docker's, for templates and scripts.</summary>
public sealed record StatsRow(
    string Container, string ID, string Name, string CPUPerc, string MemUsage, string MemPerc, string NetIO, string NetPackets, string NetDrops, string BlockIO,
    string PIDs)
{
    private const string Unknown = "--";

    /// <param name="container">The container.</param>
    /// <param name="now">Null if it is stopped.</param>
    /// <param name="before">Earlier statistics, for rates; null if there are none.</param>
    public static StatsRow Of(Container container, GuestStatistics? now, GuestStatistics? before) => new(
        container.Id,
        container.Id,
        container.Name,
        Cpu(now, before),
        now?.Memory is { } memory ? $"{new ByteSize(Used(memory))} / {new ByteSize(memory.LimitBytes)}" : $"{Unknown} / {Unknown}",
        now?.Memory is { LimitBytes: > 0 } part ? Percent(100.0 * Used(part) / part.LimitBytes) : Unknown,
        now is null ? Unknown : $"{new ByteSize(now.Interfaces.Sum(one => one.ReceivedBytes))} / {new ByteSize(now.Interfaces.Sum(one => one.SentBytes))}",
        now is null ? Unknown : $"{now.Interfaces.Sum(one => one.ReceivedPackets)} / {now.Interfaces.Sum(one => one.SentPackets)}",
        now is null ? Unknown : $"{now.Interfaces.Sum(one => one.ReceivedDropped)} / {now.Interfaces.Sum(one => one.SentDropped)}",
        now is null ? Unknown : $"{new ByteSize(now.Drives.Sum(one => one.ReadBytes))} / {new ByteSize(now.Drives.Sum(one => one.WrittenBytes))}",
        now?.Pids is { } pids ? pids.Current.ToString(CultureInfo.InvariantCulture) : Unknown);

    private static long Used(MemoryStatistics memory) => Math.Max(0, memory.CurrentBytes - memory.InactiveFileBytes);

    private static string Cpu(GuestStatistics? now, GuestStatistics? before)
    {
        if (now?.Cpu is not { } cpu)
        {
            return Unknown;
        }

        long passedUs = now.UptimeUs - (before?.UptimeUs ?? 0);
        long usedUs = cpu.UsageUs - (before?.Cpu?.UsageUs ?? 0);
        return passedUs <= 0 || usedUs < 0 ? Unknown : Percent(100.0 * usedUs / passedUs);
    }

    private static string Percent(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.00}%");
}
