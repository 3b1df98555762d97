using System.Globalization;

namespace Hearth.Linux.Processes;

/// <summary>capabilities(7) by name, as a 64-bit mask of their numbers.</summary>
public static class CapabilitySet
{
    /// <summary>In the kernel's order: the index of a name is its number.</summary>
    private static readonly string[] Names =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
        "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
        "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
        "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>The names, in the kernel's order.</summary>
    public static IReadOnlyList<string> AllNames => Names;

    /// <summary>The number of capabilities in this table.</summary>
    internal static int Count => Names.Length;

    /// <summary>The number of capabilities of the running kernel, which may be lower or higher.</summary>
    internal static int CountKnownToKernel() => 1 + int.Parse(File.ReadAllText("/proc/sys/kernel/cap_last_cap"), CultureInfo.InvariantCulture);

    /// <summary>The capabilities that the calling thread can use.</summary>
    public static ulong ReadEffective()
    {
        const string Name = "CapEff:";
        string line = File.ReadLines("/proc/thread-self/status").First(line => line.StartsWith(Name, StringComparison.Ordinal));
        return ulong.Parse(line.AsSpan(Name.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    /// <summary>The mask of one name, in any case and with or without CAP_; 0 if the name is unknown.</summary>
    public static ulong Parse(string name)
    {
        string full = name.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase) ? name : "CAP_" + name;
        int number = Array.FindIndex(Names, known => known.Equals(full, StringComparison.OrdinalIgnoreCase));
        return number < 0 ? 0 : 1UL << number;
    }
}
