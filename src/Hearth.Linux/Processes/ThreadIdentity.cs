using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>
/// For whom the calling thread acts upon files: setfsuid(2), setfsgid(2), its supplementary groups, and CAP_FSETID. Other threads
/// stay who they are, so it is for threads of one's own. A user other than 0 has none of the capabilities that pass over
/// permissions, as the kernel takes them from the thread; it gets them back with user 0. The process is no longer dumpable then.
/// </summary>
public static partial class ThreadIdentity
{
    private const uint Nobody = uint.MaxValue;

    /// <summary>The capability to keep the set-id bits of what one writes to.</summary>
    private const int KeepSetIds = 4;

    /// <summary>Takes a user and a group for the thread's dealings with files.</summary>
    /// <returns>False where the kernel refuses them, and what the thread is then has to be set anew.</returns>
    public static bool TryAssume(uint uid, uint gid)
    {
        if (uid == Nobody || gid == Nobody)
        {
            return false;
        }

        // Neither tells a failure; asking for an impossible id tells who one is.
        _ = setfsgid(gid);
        _ = setfsuid(uid);
        return (uint)setfsgid(Nobody) == gid && (uint)setfsuid(Nobody) == uid;
    }

    /// <summary>The thread's supplementary groups, and no others.</summary>
    public static void SetGroups(params ReadOnlySpan<uint> groups)
    {
        if (syscall(SystemCallNumbers.SetGroups, groups.Length, ref MemoryMarshal.GetReference(groups)) != 0)
        {
            throw LinuxException.FromLastError("setgroups");
        }
    }

    /// <summary>Gives up, or takes again, the right to keep set-id bits; only user 0 has it.</summary>
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
