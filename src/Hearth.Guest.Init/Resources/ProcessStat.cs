using System.Globalization;

namespace Hearth.Guest.Init.Resources;

/// <summary>The fields of a stat file of proc(5) that init uses. Pids are the guest's; times are ticks of 10 ms.</summary>
internal sealed record ProcessStat(
    string Name, string State, int Parent, int Session, int TerminalDevice, long CpuTicks, int Threads, long StartTicks, long ResidentPages)
{
    internal const int TicksPerSecond = 100;

    /// <summary>UNIX98_PTY_SLAVE_MAJOR of linux/major.h.</summary>
    private const int TerminalMajor = 136;

    /// <summary><c>pts/N</c>; null if there is no controlling terminal of that kind.</summary>
    internal string? Terminal
    {
        get
        {
            int major = (TerminalDevice >> 8) & 0xfff;
            int minor = (TerminalDevice & 0xff) | ((TerminalDevice >> 12) & 0xfff00);
            return major == TerminalMajor ? $"pts/{minor}" : null;
        }
    }

    /// <summary>Reads a process's file; null if the process has ended.</summary>
    internal static ProcessStat? TryRead(int pid)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{pid}/stat"));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// Parses a line. The name, field 2, is in parentheses and may contain any character, so field 3 begins after the last one.
    /// </summary>
    /// <returns>The fields; null if the line is invalid.</returns>
    internal static ProcessStat? Parse(string line)
    {
        const int FirstField = 3;
        const int LastField = 24;
        int open = line.IndexOf('(', StringComparison.Ordinal);
        int close = line.LastIndexOf(')');
        string[] fields = open < 0 || close < open ? [] : line[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > LastField - FirstField
            ? new ProcessStat(
                line[(open + 1)..close], fields[0], (int)Number(4), (int)Number(6), (int)Number(7), Number(14) + Number(15), (int)Number(20), Number(22), Number(24))
            : null;

        long Number(int field) =>
            long.TryParse(fields[field - FirstField], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : 0;
    }
}
