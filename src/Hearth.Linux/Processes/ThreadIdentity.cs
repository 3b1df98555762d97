using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>
/// The identity with which the calling thread accesses files: setfsuid(2), setfsgid(2), supplementary groups, and CAP_FSETID.
/// Other threads keep theirs, so use it only on dedicated threads. For a user other than 0, the kernel removes the
/// capabilities that override permissions from the thread, and restores them with user 0. The process is then no longer
/// dumpable.
/// </summary>
public static partial class ThreadIdentity
{
    private const uint Nobody = uint.MaxValue;

    /// <summary>The capability to keep the set-id bits of files that the thread writes.</summary>
    private const int KeepSetIds = 4;

    /// <summary>Sets the user and group with which the thread accesses files.</summary>
    /// <returns>False if the kernel refuses them; the thread's identity must then be set again.</returns>
    public static bool TryAssume(uint uid, uint gid)
    {
        if (uid == Nobody || gid == Nobody)
        {
            return false;
        }

        // Neither call reports a failure; calling it with an invalid id returns the current one.
        _ = setfsgid(gid);
        _ = setfsuid(uid);
        return (uint)setfsgid(Nobody) == gid && (uint)setfsuid(Nobody) == uid;
    }

    /// <summary>Sets the thread's supplementary groups and removes all others.</summary>
    public static void SetGroups(params ReadOnlySpan<uint> groups)
    {
        if (syscall(SystemCallNumbers.SetGroups, groups.Length, ref MemoryMarshal.GetReference(groups)) != 0)
        {
            throw LinuxException.FromLastError("setgroups");
        }
    }

    /// <summary>Drops or restores the right to keep set-id bits; only user 0 has it.</summary>
    public static void SetKeepsSetIds(bool keeps)
    {
        CapabilityHeader header = new() { Version = CapabilityHeader.Version3 };
        Span<CapabilityWords> words = stackalloc CapabilityWords[2];
        if (syscall(SystemCallNumbers.CapGet, in header, ref MemoryMarshal.GetReference(words)) != 0)
        {
            throw LinuxException.FromLastError("capget");
        }

        const uint Bit = 1u << KeepSetIds;
        words[0].Effective = keeps ? words[0].Effective | (words[0].Permitted & Bit) : words[0].Effective & ~Bit;
        if (syscall(SystemCallNumbers.CapSet, in header, ref MemoryMarshal.GetReference(words)) != 0)
        {
            throw LinuxException.FromLastError("capset");
        }
    }

    [LibraryImport("libc")]
    private static partial int setfsuid(uint uid);

    [LibraryImport("libc")]
    private static partial int setfsgid(uint gid);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint count, ref uint groups);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, in CapabilityHeader header, ref CapabilityWords words);
}
