using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>openat2(2) for the classes of this room.</summary>
internal static partial class OpenCall
{
    internal const ulong PathOnly = 0x200000;
    internal const ulong CloseOnExec = 0x80000;
    internal const ulong ResolveNoMountCrossing = 0x01;
    internal const ulong ResolveNoMagicLinks = 0x02;
    internal const ulong ResolveNoSymbolicLinks = 0x04;
    internal const ulong ResolveBeneath = 0x08;

    /// <summary>O_NOFOLLOW differs between architectures (asm/fcntl.h).</summary>
    internal static ulong NoFollow => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000u : 0x20000u;

    /// <summary>O_DIRECTORY likewise.</summary>
    internal static ulong DirectoryOnly => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000u : 0x10000u;

    /// <summary>Follows no symbolic link and opens nothing outside the directory.</summary>
    internal static ulong Confined(bool mayCrossMounts) =>
        ResolveBeneath | ResolveNoSymbolicLinks | ResolveNoMagicLinks | (mayCrossMounts ? 0 : ResolveNoMountCrossing);

    /// <param name="parent">The directory to which a relative name refers.</param>
    /// <param name="name">NUL-terminated right behind the span.</param>
    /// <param name="how">Flags, mode and resolution.</param>
    /// <param name="opened">The opened file, owned by the caller; invalid on failure.</param>
    internal static Errno Open(SafeFileHandle parent, ReadOnlySpan<byte> name, in OpenHow how, out SafeFileHandle opened)
    {
        nint descriptor;
        Errno errno;
        do
        {
            descriptor = openat2(SystemCallNumbers.OpenAt2, parent, in MemoryMarshal.GetReference(name), in how, (nuint)Unsafe.SizeOf<OpenHow>());
            errno = descriptor >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.EINTR);
        opened = new SafeFileHandle(descriptor, ownsHandle: true);
        return errno;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint openat2(nint number, SafeFileHandle parent, in byte name, in OpenHow how, nuint size);
}
