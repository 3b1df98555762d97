using System.Globalization;

namespace Hearth.Linux.Processes;

/// <summary>What a process uses, as the kernel counts it: /proc/PID/stat and /proc/PID/io, proc(5).</summary>
/// <param name="StartTime">Clock ticks since the machine's boot: another process with the same pid has another.</param>
/// <param name="IsStopped">Whether SIGSTOP or a tracer has stopped it.</param>
/// <param name="ProcessorTime">Of all its threads, with those that have ended.</param>
/// <param name="ResidentBytes">Its memory, with pages that it shares with others.</param>
public sealed record ProcessUsage(ulong StartTime, bool IsStopped, TimeSpan ProcessorTime, long ResidentBytes)
{
    private const int TicksPerSecond = 100;

    // The fields' numbers in proc(5), less those of the pid and the name.
    private const int StateField = 3 - 3;
    private const int UserTimeField = 14 - 3;
    private const int SystemTimeField = 15 - 3;
    private const int StartTimeField = 22 - 3;
    private const int ResidentPagesField = 24 - 3;

    /// <summary>Reads the usage of a process; null if it does not exist.</summary>
    public static ProcessUsage? TryRead(int pid)
    {
        if (TryReadFile(pid, "stat") is not { } stat)
        {
            return null;
        }

        // The second field, the program's name in parentheses, may itself contain spaces and parentheses.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessUsage(
            ulong.Parse(fields[StartTimeField], CultureInfo.InvariantCulture),
            fields[StateField] is "T" or "t",
            TimeSpan.FromSeconds((Number(fields[UserTimeField]) + Number(fields[SystemTimeField])) / (double)TicksPerSecond),
            Number(fields[ResidentPagesField]) * Environment.SystemPageSize);
    }

    /// <summary>
    /// How often a process has called read and write so far: if the number is the same as before, it has read and written no file
    /// since. Sockets do not count. Null if the process does not exist.
    /// </summary>
    public static long? CountReadsAndWrites(int pid) => TryReadFile(pid, "io") is { } io
        ? io.Split('\n').Where(line => line.StartsWith("syscr: ", StringComparison.Ordinal) || line.StartsWith("syscw: ", StringComparison.Ordinal)).Sum(line => Number(line[7..]))
        : null;

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);

    private static string? TryReadFile(int pid, string name)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{name}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
