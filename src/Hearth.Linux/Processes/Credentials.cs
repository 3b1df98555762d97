using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>
/// Who the calling thread is: ids, groups, capabilities. Raw system calls: glibc's wrappers would change every thread, and
/// these serve a thread that is about to call execve.
/// </summary>
public static partial class Credentials
{
    private const int KeepCapabilitiesOption = 8;
    private const int DropFromBoundingSetOption = 24;
    private const int NoNewPrivilegesOption = 38;

    public static void SetGroups(ReadOnlySpan<uint> groups)
    {
        if (syscall(SystemCallNumbers.SetGroups, groups.Length, ref MemoryMarshal.GetReference(groups)) != 0)
        {
            throw LinuxException.FromLastError("setgroups");
        }
    }

    /// <summary>Sets real, effective and saved user id.</summary>
    public static void SetUser(uint uid) => SetIds(SystemCallNumbers.SetResUid, uid, "setresuid");

    /// <summary>Sets real, effective and saved group id.</summary>
    public static void SetGroup(uint gid) => SetIds(SystemCallNumbers.SetResGid, gid, "setresgid");

    /// <summary>Keeps the permitted capabilities when the user id stops being 0.</summary>
    public static void KeepCapabilities() => Control(KeepCapabilitiesOption, 1, "prctl PR_SET_KEEPCAPS");

    /// <summary>From now on execve grants nothing that the caller has not.</summary>
    public static void ForbidNewPrivileges() => Control(NoNewPrivilegesOption, 1, "prctl PR_SET_NO_NEW_PRIVS");

    /// <summary>Takes from the bounding set what is not in the mask.</summary>
    public static void LimitBoundingSet(ulong capabilities)
    {
        for (int number = 0; number < 64; number++)
        {
            if ((capabilities >> number & 1) == 0 && prctl(DropFromBoundingSetOption, (nuint)number, 0, 0, 0) != 0)
            {
                Errno errno = (Errno)Marshal.GetLastPInvokeError();
                if (errno == Errno.EINVAL)
                {
                    return; // Beyond the last one that this kernel knows.
                }

                throw new LinuxException("prctl PR_CAPBSET_DROP", errno);
            }
        }
    }

    /// <summary>Sets the effective and permitted capabilities, and leaves none inheritable.</summary>
    public static void SetCapabilities(ulong capabilities)
    {
        CapabilityHeader header = new() { Version = CapabilityHeader.Version3 };
        Span<CapabilityWords> words =
        [
            new() { Effective = (uint)capabilities, Permitted = (uint)capabilities },
            new() { Effective = (uint)(capabilities >> 32), Permitted = (uint)(capabilities >> 32) },
        ];
        if (syscall(SystemCallNumbers.CapSet, in header, ref MemoryMarshal.GetReference(words)) != 0)
        {
            throw LinuxException.FromLastError("capset");
        }
    }

    private static void SetIds(nint call, uint id, string name)
    {
        if (syscall(call, id, id, id) != 0)
        {
            throw LinuxException.FromLastError(name);
        }
    }

    private static void Control(int option, nuint value, string name)
    {
        if (prctl(option, value, 0, 0, 0) != 0)
        {
            throw LinuxException.FromLastError(name);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint count, ref uint groups);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, uint real, uint effective, uint saved);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, in CapabilityHeader header, ref CapabilityWords words);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint second, nuint third, nuint fourth, nuint fifth);
}
