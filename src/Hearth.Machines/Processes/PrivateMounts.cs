using Hearth.Linux;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Processes;

/// <summary>
/// Mounts of files that only one process sees, in a mount namespace that is created for the process and ends with it. The host
/// does not see the mounts, and they never outlive the process, even if this program is killed.
/// </summary>
/// <param name="files">The files and their mount points, which exist as empty files.</param>
/// <param name="staging">An existing directory that the process will not see.</param>
internal sealed class PrivateMounts(IReadOnlyList<PlacedFile> files, string staging)
{
    private const string OwnNamespace = "/proc/self/ns/mnt";

    /// <summary>
    /// Starts a child with these mounts. The calling thread joins their namespace during the call and returns to its own one.
    /// Afterwards, the thread no longer shares its working directory with other threads.
    /// </summary>
    /// <exception cref="LinuxException">A file cannot be mounted, or the child cannot be started.</exception>
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

    /// <summary>
    /// Clones a file's mount. This must happen before the new namespace is entered: there, a descriptor from the old namespace
    /// leads to no mount.
    /// </summary>
    /// <returns>The cloned mount; null for a file on a detached mount.</returns>
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
            // The file is on a detached mount, like a disk that this program serves. Attach that mount in this namespace first.
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

/// <summary>A file and its mount point.</summary>
internal sealed record PlacedFile(string Source, string Place, bool ReadOnly);
