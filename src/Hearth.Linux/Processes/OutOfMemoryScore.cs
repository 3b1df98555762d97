using System.Globalization;

namespace Hearth.Linux.Processes;

/// <summary>How readily the kernel kills a process when the host's memory runs out: /proc/PID/oom_score_adj (proc(5)). Children inherit it.</summary>
public static class OutOfMemoryScore
{
    /// <summary>Takes a protection from a process: a negative score becomes 0. This needs no right, other than to lower a score.</summary>
    /// <param name="pid">A child of the caller. One that has ended is left as it is.</param>
    public static void Unprotect(int pid)
    {
        string path = $"/proc/{pid}/oom_score_adj";
        try
        {
            if (int.Parse(File.ReadAllText(path), NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) < 0)
            {
                File.WriteAllText(path, "0");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended, or belongs to another user: its score stays.
        }
    }
}
