using System.Globalization;
using System.Text;
using Hearth.Guest.Init.Boot;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Resources;

/// <summary>Lists the container's processes from init's own /proc: those in a process namespace below init's.</summary>
internal static class ProcessListing
{
    private const int MaxCommandBytes = 4096;

    /// <summary>The most that a process adds to a message besides its command.</summary>
    private const int BytesBesideCommand = 400;

    /// <summary>JSON may escape each character of the command as six.</summary>
    private const int MostJsonBytesPerCharacter = 6;

    private const int MaxListBytes = GuestProtocol.MaxMessageBytes * 3 / 4;

    private const long NanosecondsPerTick = 1_000_000_000 / ProcessStat.TicksPerSecond;

    private const long MsPerTick = 1000 / ProcessStat.TicksPerSecond;

    /// <param name="clock">The guest's wall clock.</param>
    internal static ProcessList Read(TimeProvider clock)
    {
        long bootUnixNanoseconds = ((clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick) - (long)(GuestClock.UptimeMs * 1_000_000);
        List<ContainerProcess> found = [];
        Dictionary<int, int> numbers = [];
        foreach ((int guestPid, ProcessStat stat) in ProcessFamily.All())
        {
            if (TryReadStatus(guestPid) is (int pid, uint userId))
            {
                numbers[guestPid] = pid;
                found.Add(Describe(guestPid, pid, userId, stat, bootUnixNanoseconds));
            }
        }

        found.Sort((one, other) => one.Pid.CompareTo(other.Pid));
        ContainerProcess[] sorted = [.. found.ConvertAll(process => process with { ParentPid = numbers.GetValueOrDefault(process.ParentPid) })];
        int count = CountThatFit(sorted);
        return new ProcessList(sorted[..count], count < sorted.Length);
    }

    /// <summary>
    /// Parses a status file of proc(5). Field 2 of NSpid is the pid in the container, if the process has one; nested containers
    /// have further fields. Field 2 of Uid is the effective user.
    /// </summary>
    /// <returns>The pid and the user; null if the process is not in the container.</returns>
    internal static (int Pid, uint UserId)? ParseStatus(string status)
    {
        string[] Fields(string name) => Array.Find(status.Split('\n'), line => line.StartsWith(name, StringComparison.Ordinal))
            ?.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries) ?? [];

        return Fields("NSpid:") is [_, _, string inside, ..]
            && Fields("Uid:") is [_, _, string effective, ..]
            && int.TryParse(inside, NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
            && uint.TryParse(effective, NumberStyles.None, CultureInfo.InvariantCulture, out uint userId)
            ? (pid, userId)
            : null;
    }

    private static (int Pid, uint UserId)? TryReadStatus(int guestPid)
    {
        try
        {
            return ParseStatus(File.ReadAllText($"/proc/{guestPid}/status"));
        }
        catch (IOException)
        {
            return null; // It has ended since the directory was listed.
        }
    }

    /// <summary>Describes a process. <see cref="ContainerProcess.ParentPid"/> is still the pid in the guest.</summary>
    private static ContainerProcess Describe(int guestPid, int pid, uint userId, ProcessStat stat, long bootUnixNanoseconds) => new()
    {
        Pid = pid,
        GuestPid = guestPid,
        ParentPid = stat.Parent,
        UserId = userId,
        StartUnixNanoseconds = bootUnixNanoseconds + (stat.StartTicks * NanosecondsPerTick),
        CpuTimeMs = stat.CpuTicks * MsPerTick,
        ResidentBytes = stat.ResidentPages * Environment.SystemPageSize,
        State = stat.State,
        Threads = stat.Threads,
        Terminal = stat.Terminal,
        Command = ReadCommand(guestPid) is { Length: > 0 } command ? command : $"[{stat.Name}]",
    };

    private static string ReadCommand(int guestPid)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle($"/proc/{guestPid}/cmdline", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Span<byte> bytes = stackalloc byte[MaxCommandBytes];
            int length = RandomAccess.Read(file, bytes, fileOffset: 0);
            return Encoding.UTF8.GetString(bytes[..length]).TrimEnd('\0').Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static int CountThatFit(ContainerProcess[] processes)
    {
        int left = MaxListBytes;
        int count = 0;
        while (count < processes.Length && (left -= BytesBesideCommand + (processes[count].Command.Length * MostJsonBytesPerCharacter)) >= 0)
        {
            count++;
        }

        return count;
    }
}
