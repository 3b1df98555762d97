using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <summary>unshare(2) and setns(2). Both change the calling thread alone.</summary>
public static partial class Namespaces
{
    /// <summary>Gives this thread namespaces of its own; a process namespace begins with its next child.</summary>
    public static void Unshare(NamespaceKinds kinds)
    {
        if (unshare((int)kinds) != 0)
        {
            throw LinuxException.FromLastError("unshare", kinds.ToString());
        }
    }

    /// <summary>Puts this thread into a namespace; into a process namespace, its future children instead.</summary>
    /// <param name="descriptor">An open /proc/PID/ns file.</param>
    /// <param name="kind">What it must be.</param>
    public static void Enter(SafeFileHandle descriptor, NamespaceKinds kind)
    {
        if (setns(descriptor, (int)kind) != 0)
        {
            throw LinuxException.FromLastError("setns", kind.ToString());
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(SafeFileHandle fd, int kind);
}
