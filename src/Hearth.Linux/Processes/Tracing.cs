using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>ptrace(2) and /proc/PID/mem against this program.</summary>
public static partial class Tracing
{
    private const int SetDumpable = 4;

    /// <summary>
    /// Keeps this program's memory from all who have not CAP_SYS_PTRACE, whatever user they share with it or with a child that
    /// has its memory still (PR_SET_DUMPABLE). What a child executes is not concerned.
    /// </summary>
    public static void Forbid()
    {
        if (prctl(SetDumpable, 0, 0, 0, 0) != 0)
        {
            throw LinuxException.FromLastError("prctl PR_SET_DUMPABLE");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint second, nuint third, nuint fourth, nuint fifth);
}
