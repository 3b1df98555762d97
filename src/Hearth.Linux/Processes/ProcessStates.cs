namespace Hearth.Linux.Processes;

/// <summary>What the kernel's scheduler says of a process: /proc/PID/stat, proc(5).</summary>
public static class ProcessStates
{
    /// <summary>Whether a process is stopped, by SIGSTOP or by who traces it: it does nothing until it is continued.</summary>
    /// <param name="pid">Of any process; false where there is none.</param>
    public static bool IsStopped(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (IOException)
        {
            return false;
        }

        // The second field, the program's name in parentheses, may hold blanks and parentheses itself.
        int end = stat.LastIndexOf(')');
        return end >= 0 && end + 2 < stat.Length && stat[end + 2] is 'T' or 't';
    }
}
