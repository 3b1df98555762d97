using System.Runtime.ExceptionServices;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>The root of the mount namespace of a container's process, even if the process has changed its own root.</summary>
internal static class ContainerRoot
{
    /// <summary>Opens the root; the caller owns it. A new thread enters the namespace and ends there.</summary>
    /// <exception cref="Hearth.Linux.LinuxException">The root cannot be opened; ESRCH if the process has ended.</exception>
    internal static SafeFileHandle Hold(ProcessHandle process)
    {
        SafeFileHandle? root = null;
        ExceptionDispatchInfo? failure = null;
        Thread visitor = new(() =>
        {
            try
            {
                // In a process of several threads, one may enter a mount namespace only with its own root and working directory.
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
