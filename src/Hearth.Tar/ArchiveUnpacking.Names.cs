using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar;

/// <content>How names are found, taken and judged.</content>
public sealed partial class ArchiveUnpacking
{
    /// <summary>Holds the directory of a path, made where it is missing; the last one stays held for the entries that follow.</summary>
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

    /// <summary>Makes room for a name: what has it is removed, unless it is a directory.</summary>
    /// <returns>True where something is mounted on the name: then it cannot be removed, and is still there.</returns>
    private static bool Clear(SafeFileHandle parent, ArchivePath path)
    {
        Errno errno = DirectoryChanges.TryUnlink(parent, path.Name);
        if (errno is Errno.EISDIR or Errno.EPERM && DirectoryFiles.TryStat(parent, path.Name, out FileStatus status) == Errno.None && IsDirectory(status))
        {
            throw new ArchiveException(TarError.Refused, $"{path}: a directory is there, and something else would take its place");
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

    /// <summary>A file that another is mounted on, as /etc/hosts is: it keeps its place and gets new content.</summary>
    private static SafeFileHandle OpenMountedFile(SafeFileHandle parent, ArchivePath path)
    {
        using SafeFileHandle held = Hold(parent, path, NodeTypes.File);
        Check(HeldNodes.TryOpen(held, OpenFlags.WriteOnly, out SafeFileHandle file), "open", path);
        Check(NodeChanges.TryTruncateOpen(file, 0), "ftruncate", path);
        return file;
    }

    /// <summary>Holds what has a name, if it is of the type that it has to be.</summary>
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
                ? $"{path}: what is no directory is there, and a directory would take its place"
                : $"{path}: something else has taken its name meanwhile");
    }

    private static bool IsDirectory(FileStatus status) => (status.Mode & 0xf000) == NodeTypes.Directory;

    private static void Require(bool condition, ArchivePath path)
    {
        if (!condition)
        {
            throw new ArchiveException(TarError.Refused, $"{path}: something is mounted there, or it is the directory itself");
        }
    }

    private static ArchiveException Unreachable(Errno errno, ArchivePath path) => errno switch
    {
        Errno.EXDEV => new ArchiveException(TarError.Refused, $"{path}: a symbolic link on the way leads out of the directory"),
        Errno.ENOTDIR => new ArchiveException(TarError.Refused, $"{path}: something on the way is no directory"),
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
