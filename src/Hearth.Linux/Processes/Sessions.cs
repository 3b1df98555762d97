using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>setsid(2).</summary>
public static partial class Sessions
{
    /// <summary>Makes the caller the leader of a new session without a terminal.</summary>
    public static void Create()
    {
        if (setsid() < 0)
        {
            throw LinuxException.FromLastError("setsid");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsid();
}
