using Hearth.Linux;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Processes;

/// <summary>
/// Files that a process sees at places of its own and nobody else does: mounts in a namespace that is made for it and ends with
/// it. On the host nothing shows, and nothing is left however things end.
/// </summary>
/// <param name="files">What is to be seen where; the places exist, as empty files.</param>
/// <param name="staging">An existing directory that the process will not see.</param>
internal sealed class PrivateMounts(IReadOnlyList<PlacedFile> files, string staging)
{
    private const string OwnNamespace = "/proc/self/ns/mnt";

    /// <summary>
    /// Has a child begin with these mounts. The calling thread is in their namespace meanwhile and not afterwards, and shares
    /// its working directory with no other any more.
    /// </summary>
    /// <exception cref="LinuxException">A file cannot be placed, or the child not be started.</exception>
    internal T Surround<T>(Func<T> spawn)
    {
        using SafeFileHandle own = RootedPaths.TryOpenForReading(OwnNamespace, out Errno errno)
            ?? throw new LinuxException("open", errno, OwnNamespace);
        using SafeFileHandle workingDirectory = RootedPaths.Hold(".");
        Namespaces.Unshare(NamespaceKinds.Mount);
        try
        {
            FileSystems.Mount("none", "/", null, MountFlags.Private | MountFlags.Recursive);
            foreach (PlacedFile file in files)
            {
                Place(file);
            }

            return spawn();
        }
        finally
        {
            Namespaces.Enter(own, NamespaceKinds.Mount);
            FileSystems.ChangeDirectory(RootedPaths.NameOf(workingDirectory));
        }
    }

    private void Place(PlacedFile file)
    {
        using SafeFileHandle source = RootedPaths.Hold(file.Source);
        try
        {
            FileSystems.Mount(RootedPaths.NameOf(source), file.Place, null, MountFlags.Bind);
        }
        catch (LinuxException refusal) when (refusal.Errno == Errno.EINVAL)
        {
            // The file is on a mount without a place, as served disks are: that gets one in this namespace first.
            using SafeFileHandle mount = RootedPaths.Hold(Path.GetDirectoryName(file.Source)!);
            DetachedMounts.Attach(mount, staging);
            FileSystems.Mount(Path.Combine(staging, Path.GetFileName(file.Source)), file.Place, null, MountFlags.Bind);
        }

        if (file.ReadOnly)
        {
            FileSystems.Mount("none", file.Place, null, MountFlags.Bind | MountFlags.Remount | MountFlags.ReadOnly);
        }
    }
}

/// <summary>A file and where it is to be seen.</summary>
internal sealed record PlacedFile(string Source, string Place, bool ReadOnly);
