using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Tar.Layers;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar;

/// <content>What the layer of an image removes.</content>
public sealed partial class ArchiveUnpacking
{
    /// <summary>Limits nesting, since each level holds a descriptor.</summary>
    private const int MostLevels = 4000;

    /// <summary>Removes what a mark of a layer names.</summary>
    /// <returns>False if the entry is no mark.</returns>
    private static bool TryRemove(SafeFileHandle parent, ArchivePath path)
    {
        if (path.Name.SequenceEqual(LayerNames.Opaque))
        {
            RemoveContent(parent, path, level: 0);
            return true;
        }

        if (!path.Name.StartsWith(LayerNames.Whiteout))
        {
            return false;
        }

        byte[] name = [.. path.Name[LayerNames.Whiteout.Length..], 0];
        if (name.AsSpan(0, name.Length - 1) is [] or [(byte)'.'] or [(byte)'.', (byte)'.'])
        {
            throw new ArchiveException(TarError.Refused, $"{path}: the layer removes a name that is none");
        }

        RemoveTree(parent, name, path, level: 0);
        return true;
    }

    /// <summary>Removes what has an entry's name, unless both are directories.</summary>
    private static void ClearOther(SafeFileHandle parent, ArchivePath path, TarEntry entry)
    {
        if (DirectoryFiles.TryStat(parent, path.Name, out FileStatus status) == Errno.None && IsDirectory(status) != (entry.Type == TarEntryType.Directory))
        {
            RemoveTree(parent, [.. path.Name, 0], path, level: 0);
        }
    }

    /// <summary>Removes a name with everything below it; a mount below it is an error. Links are not followed.</summary>
    private static void RemoveTree(SafeFileHandle parent, byte[] terminated, ArchivePath path, int level)
    {
        ReadOnlySpan<byte> name = terminated.AsSpan(0, terminated.Length - 1);
        Errno errno = DirectoryChanges.TryUnlink(parent, name);
        if (errno is Errno.EISDIR or Errno.EPERM)
        {
            Check(HeldNodes.TryHold(parent, name, mayCrossMounts: false, out SafeFileHandle held), "open", path);
            using (held)
            {
                RemoveContent(held, path, level + 1);
            }

            errno = DirectoryChanges.TryRemoveDirectory(parent, name);
        }

        Check(errno == Errno.ENOENT ? Errno.None : errno, "unlink", path);
    }

    private static void RemoveContent(SafeFileHandle directory, ArchivePath path, int level)
    {
        if (level == MostLevels)
        {
            throw new ArchiveException(TarError.Refused, $"{path}: directories are nested more than {MostLevels} deep");
        }

        foreach (byte[] name in LayerWalk.ListNames(directory, [.. path.Name]))
        {
            RemoveTree(directory, name, path, level);
        }
    }
}
