using System.Globalization;

namespace Hearth.Containers;

/// <summary>One process and no later one with the same number: the pid, and when it started.</summary>
/// <param name="Pid">As this process sees it.</param>
/// <param name="StartTime">Clock ticks since the machine's boot (field 22 of /proc/PID/stat, proc(5)).</param>
public sealed record ProcessIdentity(int Pid, ulong StartTime)
{
    private const int StateField = 3;
    private const int StartTimeField = 22;

    public static ProcessIdentity Current { get; } =
        Read(Environment.ProcessId) ?? throw new InvalidOperationException("/proc does not show this process: is it mounted?");

    /// <summary>False for a process that has ended, one not yet waited for by its parent included.</summary>
    public bool IsAlive => Read(Pid) == this;

    /// <summary>Null where no such process runs.</summary>
    public static ProcessIdentity? Read(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return null;
        }

        // The second field, the program's name in parentheses, may hold blanks and parentheses itself.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        bool hasEnded = fields[StateField - 3] is "Z" or "X";
        return hasEnded ? null : new ProcessIdentity(pid, ulong.Parse(fields[StartTimeField - 3], CultureInfo.InvariantCulture));
    }
}
