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
        SafeFileHandle?[] mounts = [.. files.Select(TryClone)];
        try
        {
            return Surround(spawn, own, workingDirectory, mounts);
        }
        finally
        {
            Array.ForEach(mounts, mount => mount?.Dispose());
        }
    }

    private T Surround<T>(Func<T> spawn, SafeFileHandle own, SafeFileHandle workingDirectory, SafeFileHandle?[] mounts)
    {
        Namespaces.Unshare(NamespaceKinds.Mount);
        try
        {
            FileSystems.Mount("none", "/", null, MountFlags.Private | MountFlags.Recursive);
            for (int i = 0; i < files.Count; i++)
            {
                Place(files[i], mounts[i]);
            }

            return spawn();
        }
        finally
        {
            Namespaces.Enter(own, NamespaceKinds.Mount);
            FileSystems.ChangeDirectory(RootedPaths.NameOf(workingDirectory));
        }
    }

    /// <summary>Before the new namespace, in which a descriptor that was opened in the old one leads to no mount.</summary>
    /// <returns>Null for a file on a mount without a place.</returns>
    private static SafeFileHandle? TryClone(PlacedFile file)
    {
        using SafeFileHandle source = RootedPaths.Hold(file.Source);
        Errno errno = DetachedMounts.TryClone(source, out SafeFileHandle mount);
        if (errno == Errno.None)
        {
            return mount;
        }

        mount.Dispose();
        return errno == Errno.EINVAL ? null : throw new LinuxException("open_tree", errno, file.Source);
    }

    private void Place(PlacedFile file, SafeFileHandle? mount)
    {
        if (mount is not null)
        {
            DetachedMounts.Attach(mount, file.Place);
        }
        else
        {
            // The file is on a mount without a place, as served disks are: that gets one in this namespace first.
            using SafeFileHandle whole = RootedPaths.Hold(Path.GetDirectoryName(file.Source)!);
            DetachedMounts.Attach(whole, staging);
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
