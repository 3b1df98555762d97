using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>kill(2).</summary>
public static partial class Signals
{
    /// <summary>Sends a signal to a process, or with a negative pid to a process group.</summary>
    /// <returns>False if the process no longer exists.</returns>
    public static bool Send(int pid, int signal)
    {
        if (kill(pid, signal) == 0)
        {
            return true;
        }

        Errno errno = (Errno)Marshal.GetLastPInvokeError();
        return errno == Errno.ESRCH ? false : throw new LinuxException("kill", errno, $"pid {pid}");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
