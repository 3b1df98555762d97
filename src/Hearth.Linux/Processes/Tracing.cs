using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>Protection of this program against ptrace(2) and /proc/PID/mem.</summary>
public static partial class Tracing
{
    private const int SetDumpable = 4;

    /// <summary>
    /// Denies access to this program's memory to every process without CAP_SYS_PTRACE (PR_SET_DUMPABLE), even if it runs as
    /// the same user as this program or as a child that still shares its memory. Programs that a child executes are not
    /// affected.
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
