using System.Globalization;

namespace Hearth.Containers;

/// <summary>Identifies one process by its pid and start time, so that a later process with the same pid is not confused with it.</summary>
/// <param name="Pid">The pid in this process's pid namespace.</param>
/// <param name="StartTime">Clock ticks since the machine's boot (field 22 of /proc/PID/stat, proc(5)).</param>
public sealed record ProcessIdentity(int Pid, ulong StartTime)
{
    private const int StateField = 3;
    private const int StartTimeField = 22;

    public static ProcessIdentity Current { get; } =
        Read(Environment.ProcessId) ?? throw new InvalidOperationException("/proc does not show this process: is it mounted?");

    /// <summary>False for a process that has ended, even if its parent has not waited for it yet.</summary>
    public bool IsAlive => Read(Pid) == this;

    /// <summary>Null if no such process runs.</summary>
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

        // The second field, the program's name in parentheses, may itself contain blanks and parentheses.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        bool hasEnded = fields[StateField - 3] is "Z" or "X";
        return hasEnded ? null : new ProcessIdentity(pid, ulong.Parse(fields[StartTimeField - 3], CultureInfo.InvariantCulture));
    }
}
