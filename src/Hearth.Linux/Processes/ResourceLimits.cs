using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>prlimit(2) for the calling process, with resources by name.</summary>
public static partial class ResourceLimits
{
    /// <summary>asm-generic/resource.h: the index of a name is its number.</summary>
    private static readonly string[] Names =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC",
        "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE",
        "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ];

    /// <summary>Sets a limit; <see cref="ulong.MaxValue"/> means none.</summary>
    /// <exception cref="LinuxException">EINVAL for an unknown name.</exception>
    public static void Set(string name, ulong soft, ulong hard)
    {
        ResourceLimitValues values = new() { Soft = soft, Hard = hard };
        if (prlimit64(0, NumberOf(name), in values, nint.Zero) != 0)
        {
            throw LinuxException.FromLastError("prlimit", name);
        }
    }

    /// <summary>This process's limits; <see cref="ulong.MaxValue"/> means none.</summary>
    /// <exception cref="LinuxException">EINVAL for an unknown name.</exception>
    public static (ulong Soft, ulong Hard) Get(string name)
    {
        if (prlimit64(0, NumberOf(name), nint.Zero, out ResourceLimitValues values) != 0)
        {
            throw LinuxException.FromLastError("prlimit", name);
        }

        return (values.Soft, values.Hard);
    }

    internal static int NumberOf(string name) =>
        Array.IndexOf(Names, name) is >= 0 and var number ? number : throw new LinuxException("prlimit", Errno.EINVAL, name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prlimit64(int pid, int resource, in ResourceLimitValues values, nint former);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prlimit64(int pid, int resource, nint values, out ResourceLimitValues former);
}
