using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar;

/// <content>How names are resolved, replaced and checked.</content>
public sealed partial class ArchiveUnpacking
{
    /// <summary>
    /// Opens the parent directory of a path and creates missing directories. The last parent stays open for the next entries.
    /// </summary>
    private SafeFileHandle HoldParent(ArchivePath path)
    {
        int depth = path.Depth - 1;
        if (depth == 0)
        {
            return directory;
        }

        if (heldParent is not null && heldPath!.Depth == path.Depth && heldPath.Prefix(depth).SequenceEqual(path.Prefix(depth)))
        {
            return heldParent;
        }

        heldParent?.Dispose();
        heldParent = null;
        Errno errno = HeldNodes.TryHoldDirectoryBeneath(directory, path.Prefix(depth), out SafeFileHandle held);
        if (errno == Errno.ENOENT)
        {
            held.Dispose();
            held = MakeParents(path, depth);
            errno = Errno.None;
        }

        if (errno != Errno.None)
        {
            held.Dispose();
            throw Unreachable(errno, path);
        }

        heldPath = path;
        return heldParent = held;
    }

    private SafeFileHandle MakeParents(ArchivePath path, int depth)
    {
        for (int reached = 1; ; reached++)
        {
            Errno errno = HeldNodes.TryHoldDirectoryBeneath(directory, path.Prefix(reached), out SafeFileHandle held);
            if (errno == Errno.ENOENT)
            {
                held.Dispose();
                using (SafeFileHandle parent = HoldReached(path, reached - 1))
                {
                    errno = DirectoryChanges.TryMakeDirectory(parent, path.Component(reached - 1), UsualDirectory);
                }

                if (errno is Errno.None or Errno.EEXIST)
                {
                    errno = HeldNodes.TryHoldDirectoryBeneath(directory, path.Prefix(reached), out held);
                }
            }

            if (errno != Errno.None)
            {
                held.Dispose();
                throw Unreachable(errno, path);
            }

            if (reached == depth)
            {
                return held;
            }

            held.Dispose();
        }
    }

    private SafeFileHandle HoldReached(ArchivePath path, int depth)
    {
        Errno errno = HeldNodes.TryHoldDirectoryBeneath(directory, depth == 0 ? "."u8 : path.Prefix(depth), out SafeFileHandle held);
        if (errno == Errno.None)
        {
            return held;
        }

        held.Dispose();
        throw Unreachable(errno, path);
    }

    /// <summary>Removes the file that has a name, so that a new one can take it. Refuses to remove a directory.</summary>
    /// <returns>True if something is mounted on the name: it cannot be removed and still exists.</returns>
    private static bool Clear(SafeFileHandle parent, ArchivePath path)
    {
        Errno errno = DirectoryChanges.TryUnlink(parent, path.Name);
        if (errno is Errno.EISDIR or Errno.EPERM && DirectoryFiles.TryStat(parent, path.Name, out FileStatus status) == Errno.None && IsDirectory(status))
        {
            throw new ArchiveException(TarError.Refused, $"{path}: cannot overwrite a directory with a non-directory");
        }

        if (errno is Errno.None or Errno.ENOENT)
        {
            return false;
        }

        Check(errno == Errno.EBUSY ? Errno.None : errno, "unlink", path);
        return true;
    }

    private static SafeFileHandle Create(SafeFileHandle parent, ArchivePath path)
    {
        Check(HeldNodes.TryCreate(parent, path.Name, OpenFlags.WriteOnly, PrivateFile, out SafeFileHandle file), "open", path);
        return file;
    }

    /// <summary>
    /// Opens a file that another one is mounted on, such as /etc/hosts. The mounted file stays and gets new content.
    /// </summary>
    private static SafeFileHandle OpenMountedFile(SafeFileHandle parent, ArchivePath path)
    {
        using SafeFileHandle held = Hold(parent, path, NodeTypes.File);
        Check(HeldNodes.TryOpen(held, OpenFlags.WriteOnly, out SafeFileHandle file), "open", path);
        Check(NodeChanges.TryTruncateOpen(file, 0), "ftruncate", path);
        return file;
    }

    /// <summary>Opens the file system object with this name, if it has the required type.</summary>
    private static SafeFileHandle Hold(SafeFileHandle parent, ArchivePath path, ushort type)
    {
        Check(HeldNodes.TryHold(parent, path.Name, mayCrossMounts: true, out SafeFileHandle held), "open", path);
        Errno errno = HeldNodes.TryInspect(held, "\0"u8[..0], out NodeStatus status);
        if (errno == Errno.None && status.Type == type)
        {
            return held;
        }

        held.Dispose();
        Check(errno, "statx", path);
        throw new ArchiveException(
            TarError.Refused,
            type == NodeTypes.Directory
                ? $"{path}: cannot overwrite a non-directory with a directory"
                : $"{path}: another process replaced it while it was unpacked");
    }

    private static bool IsDirectory(FileStatus status) => (status.Mode & 0xf000) == NodeTypes.Directory;

    private static void Require(bool condition, ArchivePath path)
    {
        if (!condition)
        {
            throw new ArchiveException(TarError.Refused, $"{path}: it is a mount point or the directory itself, and cannot be replaced");
        }
    }

    private static ArchiveException Unreachable(Errno errno, ArchivePath path) => errno switch
    {
        Errno.EXDEV => new ArchiveException(TarError.Refused, $"{path}: a symbolic link in its path leads out of the directory"),
        Errno.ENOTDIR => new ArchiveException(TarError.Refused, $"{path}: a component of its path is not a directory"),
        _ => Failure(errno, "open", path),
    };

    private static void Check(Errno errno, string call, ArchivePath path)
    {
        if (errno != Errno.None)
        {
            throw Failure(errno, call, path);
        }
    }

    private static ArchiveException Failure(Errno errno, string call, ArchivePath path) =>
        new(TarError.System, new LinuxException(call, errno, path.ToString()).Message);
}
