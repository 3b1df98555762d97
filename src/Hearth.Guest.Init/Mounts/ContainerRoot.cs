using System.Runtime.ExceptionServices;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>The root of the mounts that a process of the container lives in, wherever that process has its own root.</summary>
internal static class ContainerRoot
{
    /// <summary>Holds it; the caller's. A thread goes there and does not come back.</summary>
    /// <exception cref="Hearth.Linux.LinuxException">ESRCH where the process has ended.</exception>
    internal static SafeFileHandle Hold(ProcessHandle process)
    {
        SafeFileHandle? root = null;
        ExceptionDispatchInfo? failure = null;
        Thread visitor = new(() =>
        {
            try
            {
                // A thread of several may enter a mount namespace only with a root and working directory of its own.
                Namespaces.Unshare(NamespaceKinds.FileSystemContext);
                Namespaces.Enter(process.Descriptor, NamespaceKinds.Mount);
                root = RootedPaths.Hold("/");
            }
            catch (IOException refused)
            {
                failure = ExceptionDispatchInfo.Capture(refused);
            }
        });
        visitor.Start();
        visitor.Join();
        failure?.Throw();
        return root!;
    }
}
