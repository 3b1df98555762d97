using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <summary>unshare(2) and setns(2). Both change only the calling thread.</summary>
public static partial class Namespaces
{
    /// <summary>Moves this thread to new namespaces; a new process namespace starts with its next child.</summary>
    public static void Unshare(NamespaceKinds kinds)
    {
        if (unshare((int)kinds) != 0)
        {
            throw LinuxException.FromLastError("unshare", kinds.ToString());
        }
    }

    /// <summary>Moves this thread to a namespace; for a process namespace, only its future children.</summary>
    /// <param name="descriptor">An open /proc/PID/ns file.</param>
    /// <param name="kind">The kind that the namespace must have.</param>
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
