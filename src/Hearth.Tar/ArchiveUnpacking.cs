using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar;

/// <summary>
/// Unpacks an archive into an open directory. Nothing outside the directory is touched, whatever names and links the archive
/// or the directory contain or other processes create during unpacking. The kernel resolves every parent beneath the
/// directory (RESOLVE_BENEATH), and the last component is never followed. Attributes are set through a descriptor, after
/// checking that it refers to the object just made.
/// </summary>
/// <param name="directory">The destination; the caller keeps its ownership.</param>
/// <param name="options">How to unpack.</param>
/// <param name="warnings">Receives what was left out.</param>
public sealed partial class ArchiveUnpacking(SafeFileHandle directory, UnpackingOptions options, ArchiveWarnings warnings) : IDisposable
{
    private const uint PrivateDirectory = 0x1c0; // 0700
    private const uint PrivateFile = 0x180; // 0600
    private const uint UsualDirectory = 0x1ed; // 0755
    private const uint SetIdBits = 0xc00; // S_ISUID, S_ISGID
    private const int CopyBytes = 64 << 10;

    /// <summary>The usual block size of file systems: a smaller hole saves no space.</summary>
    private const int LeastHoleBytes = 4096;

    /// <summary>
    /// Directories whose times are set later, because new entries change them. Beyond this limit, the times of those so far
    /// are set early.
    /// </summary>
    private const int MostPendingDirectories = 100_000;

    private readonly List<(ArchivePath Path, FileTime Modified)> pending = [];
    private readonly byte[] buffer = new byte[CopyBytes];
    private ArchivePath? heldPath;
    private SafeFileHandle? heldParent;

    /// <exception cref="ArchiveException">The data is not an archive, or an existing file or directory is in the way.</exception>
    public void Unpack(TarReader archive)
    {
        while (archive.Next(warnings) is { } entry)
        {
            ArchivePath path = ArchivePath.Parse(entry.Name, options.FirstName);
            if (path.IsDirectoryItself)
            {
                MakeItself(entry);
                continue;
            }

            SafeFileHandle parent = HoldParent(path);
            if (options.IsLayer && TryRemove(parent, path))
            {
                continue;
            }

            if (options.IsLayer || options.ReplacesOthers)
            {
                ClearOther(parent, path, entry);
            }

            switch (entry.Type)
            {
                case TarEntryType.Directory:
                    MakeDirectory(parent, path, entry);
                    break;
                case TarEntryType.File:
                    MakeFile(parent, path, entry, archive);
                    break;
                case TarEntryType.SymbolicLink:
                    MakeSymbolicLink(parent, path, entry);
                    break;
                case TarEntryType.HardLink:
                    MakeHardLink(parent, path, entry);
                    break;
                default:
                    MakeNode(parent, path, entry);
                    break;
            }
        }

        SetPendingTimes();
        archive.DrainToEnd();
    }

    public void Dispose() => heldParent?.Dispose();

    /// <summary>Applies the entry of the destination directory. It keeps its attributes when files belong to the caller.</summary>
    private void MakeItself(TarEntry entry)
    {
        if (entry.Type != TarEntryType.Directory)
        {
            throw new ArchiveException(TarError.Refused, $"{entry.ShownName}: a file of the archive would replace the directory itself");
        }

        if (options.Owner.IsCaller)
        {
            return;
        }

        SetAttributes(directory, ArchivePath.Parse(entry.Name, null), entry);
        pending.Add((ArchivePath.Parse(entry.Name, null), entry.Modified));
    }

    private void MakeDirectory(SafeFileHandle parent, ArchivePath path, TarEntry entry)
    {
        Errno errno = DirectoryChanges.TryMakeDirectory(parent, path.Name, PrivateDirectory);
        if (errno != Errno.EEXIST)
        {
            Check(errno, "mkdir", path);
        }

        using SafeFileHandle held = Hold(parent, path, NodeTypes.Directory);
        SetAttributes(held, path, entry);
        if (pending.Count == MostPendingDirectories)
        {
            SetPendingTimes();
        }

        pending.Add((path, entry.Modified));
    }

    private void MakeFile(SafeFileHandle parent, ArchivePath path, TarEntry entry, TarReader archive)
    {
        using SafeFileHandle file = Clear(parent, path)
            ? OpenMountedFile(parent, path)
            : Create(parent, path);
        CopyData(file, path, archive);
        Check(NodeChanges.TryTruncateOpen(file, entry.SizeInBytes), "ftruncate", path);
        SetAttributes(file, path, entry);
        Check(NodeChanges.TrySetTimes(file, FileTime.Unchanged, entry.Modified), "utimensat", path);
    }

    private void MakeSymbolicLink(SafeFileHandle parent, ArchivePath path, TarEntry entry)
    {
        Require(!Clear(parent, path), path);
        byte[] target = [.. entry.LinkName, 0];
        Check(DirectoryChanges.TryMakeSymbolicLink(parent, path.Name, target.AsSpan(0, entry.LinkName.Length)), "symlink", path);
        Finish(parent, path, NodeTypes.SymbolicLink, entry);
    }

    /// <summary>Creates a hard link. Its target must also lie beneath the directory; a symbolic link is not followed.</summary>
    private void MakeHardLink(SafeFileHandle parent, ArchivePath path, TarEntry entry)
    {
        ArchivePath target = ArchivePath.Parse(entry.LinkName, options.FirstName);
        Require(!target.IsDirectoryItself, target);
        Errno errno = HeldNodes.TryHoldDirectoryBeneath(directory, target.Depth == 1 ? "."u8 : target.Prefix(target.Depth - 1), out SafeFileHandle targetParent);
        using (targetParent)
        {
            Check(errno, $"link to {target}", path);
            errno = HeldNodes.TryHold(targetParent, target.Name, mayCrossMounts: true, out SafeFileHandle held);
            using (held)
            {
                Check(errno, $"link to {target}", path);
                Check(HeldNodes.TryInspect(held, "\0"u8[..0], out NodeStatus existing), "statx", target);
                if (DirectoryFiles.TryStat(parent, path.Name, out FileStatus present) == Errno.None
                    && (present.Inode, present.Device) == (existing.Inode, existing.Device))
                {
                    return;
                }

                Require(!Clear(parent, path), path);
                Check(DirectoryChanges.TryLink(held, parent, path.Name), $"link to {target}", path);
            }
        }
    }

    private void MakeNode(SafeFileHandle parent, ArchivePath path, TarEntry entry)
    {
        if (!options.KeepsPrivileges && entry.Type != TarEntryType.Fifo)
        {
            warnings.Add($"{path}: a device was left out");
            return;
        }

        Require(!Clear(parent, path), path);
        ushort type = entry.Type switch
        {
            TarEntryType.CharacterDevice => NodeTypes.CharacterDevice,
            TarEntryType.BlockDevice => NodeTypes.BlockDevice,
            _ => NodeTypes.Fifo,
        };
        Check(
            type == NodeTypes.Fifo
                ? DirectoryChanges.TryMakeNode(parent, path.Name, NodeTypes.Fifo | PrivateFile)
                : DirectoryChanges.TryMakeDevice(parent, path.Name, type | PrivateFile, entry.DeviceMajor, entry.DeviceMinor),
            "mknod",
            path);
        Finish(parent, path, type, entry);
    }

    private void Finish(SafeFileHandle parent, ArchivePath path, ushort type, TarEntry entry)
    {
        using SafeFileHandle held = Hold(parent, path, type);
        SetAttributes(held, path, entry);
        Check(NodeChanges.TrySetTimes(held, FileTime.Unchanged, entry.Modified), "utimensat", path);
    }

    /// <summary>Copies data; blocks of zeros become holes.</summary>
    private void CopyData(SafeFileHandle file, ArchivePath path, TarReader archive)
    {
        long offset = 0;
        for (int count; (count = ReadFull(archive)) > 0; offset += count)
        {
            for (int start = 0, end; start < count; start = end)
            {
                bool isHole = IsHole(start, count);
                for (end = start; end < count && IsHole(end, count) == isHole; end = Math.Min(count, end + LeastHoleBytes))
                {
                }

                for (int written = isHole ? end : start, done; written < end; written += done)
                {
                    Check(FileWriting.TryWrite(file, buffer.AsSpan(written, end - written), offset + written, out done), "write", path);
                }
            }
        }
    }

    /// <summary>True if the buffer contains a whole block of zeros at this position.</summary>
    private bool IsHole(int start, int count) =>
        count - start >= LeastHoleBytes && !buffer.AsSpan(start, LeastHoleBytes).ContainsAnyExcept((byte)0);

    private int ReadFull(TarReader archive)
    {
        int length = 0;
        for (int count; length < buffer.Length && (count = archive.Read(buffer.AsSpan(length))) > 0; length += count)
        {
        }

        return length;
    }

    /// <summary>Sets the owner first, since changing it clears set-user-id and capabilities.</summary>
    private void SetAttributes(SafeFileHandle node, ArchivePath path, TarEntry entry)
    {
        if (!options.Owner.IsCaller)
        {
            (uint user, uint group) = options.Owner.Ids ?? (entry.UserId, entry.GroupId);
            Check(NodeChanges.TrySetOwner(node, user, group), "chown", path);
        }

        if (entry.Type != TarEntryType.SymbolicLink)
        {
            Check(NodeChanges.TrySetMode(node, options.KeepsPrivileges ? entry.Mode : entry.Mode & ~SetIdBits), "chmod", path);
        }

        foreach ((string name, byte[] value) in entry.Attributes)
        {
            if (!options.KeepsPrivileges && !NodeAttributes.IsUsers(name))
            {
                continue;
            }

            byte[] terminated = [.. ByteText.Encode(name), 0];
            Errno errno = HeldAttributes.TrySet(node, terminated.AsSpan(0, terminated.Length - 1), value, flags: 0);
            if (errno != Errno.None)
            {
                warnings.Add($"{path}: its attribute {name} was left out: {new LinuxException("setxattr", errno).Message}");
            }
        }
    }

    private void SetPendingTimes()
    {
        for (int i = pending.Count - 1; i >= 0; i--)
        {
            (ArchivePath path, FileTime modified) = pending[i];
            ReadOnlySpan<byte> way = path.IsDirectoryItself ? "."u8 : path.Prefix(path.Depth);
            if (HeldNodes.TryHoldDirectoryBeneath(directory, way, out SafeFileHandle held) == Errno.None)
            {
                Check(NodeChanges.TrySetTimes(held, FileTime.Unchanged, modified), "utimensat", path);
            }

            held.Dispose();
        }

        pending.Clear();
    }
}
