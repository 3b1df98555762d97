using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Tar.Layers;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar;

/// <summary>
/// Packs a directory tree: each directory before its entries, in the order of the file system. Mounts are crossed, since
/// processes see one tree. File systems of the kernel (proc, sysfs, …) are left out. Symbolic links are packed, never
/// followed.
/// </summary>
public sealed class ArchivePacking(TarWriter archive, ArchiveWarnings warnings)
{
    private const int ListBytes = 32 << 10;

    /// <summary>Limits nesting, since each level holds two descriptors.</summary>
    private const int MostLevels = 2000;

    private readonly NodePacking nodes = new(archive, warnings);

    /// <param name="root">The tree.</param>
    /// <param name="name">Its name in the archive; empty if the names below it begin there.</param>
    /// <exception cref="ArchiveException">Something cannot be read; the message contains its name in the archive.</exception>
    public void Pack(SafeFileHandle root, byte[] name)
    {
        NodeStatus status = NodePacking.Inspect(root, name);
        if (KernelFileSystems.Hold(root))
        {
            throw new ArchiveException(
                TarError.Refused,
                $"{NodePacking.Show(name)}: it is on a kernel file system (proc, sysfs, …), where file sizes are unknown; read it with cat");
        }

        PackNode(root, name, status, level: 0);
        archive.End();
    }

    private void PackNode(SafeFileHandle held, byte[] name, NodeStatus status, int level)
    {
        if (status.Type == NodeTypes.Directory)
        {
            PackDirectory(held, name, status, level);
        }
        else
        {
            nodes.Pack(held, name, status);
        }
    }

    private void PackDirectory(SafeFileHandle held, byte[] name, NodeStatus status, int level)
    {
        nodes.PackDirectory(held, name.Length == 0 ? "."u8.ToArray() : name, status);
        if (level == MostLevels)
        {
            throw new ArchiveException(TarError.Refused, $"{NodePacking.Show(name)}: directories are nested more than {MostLevels} deep");
        }

        NodePacking.Check(HeldNodes.TryOpenDirectory(held, out SafeFileHandle listing), "open", name);
        using (listing)
        {
            byte[] list = new byte[ListBytes];
            while (true)
            {
                NodePacking.Check(DirectoryFiles.TryList(listing, list, out int count), "getdents64", name);
                if (count == 0)
                {
                    return;
                }

                PackEntries(held, name, list.AsSpan(0, count), status.MountId, level);
            }
        }
    }

    private void PackEntries(SafeFileHandle directory, byte[] name, ReadOnlySpan<byte> list, ulong mountId, int level)
    {
        DirectoryEntryReader entries = new(list);
        while (entries.MoveNext())
        {
            byte[] full = LayerWalk.Join(name, entries.Name);
            Errno errno = HeldNodes.TryHold(directory, entries.Name, mayCrossMounts: true, out SafeFileHandle held);
            using (held)
            {
                if (errno == Errno.ENOENT)
                {
                    warnings.Add($"{NodePacking.Show(full)}: it was removed before it was read");
                    continue;
                }

                NodePacking.Check(errno, "open", full);
                NodeStatus status = NodePacking.Inspect(held, full);
                if (status.MountId != mountId && KernelFileSystems.Hold(held))
                {
                    warnings.Add($"{NodePacking.Show(full)}: a kernel file system was left out");
                    continue;
                }

                PackNode(held, full, status, level + 1);
            }
        }
    }
}
