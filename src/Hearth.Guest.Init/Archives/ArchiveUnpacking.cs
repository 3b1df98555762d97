using System.Text;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Archives;

/// <summary>
/// Unpacks an archive into a held directory, and touches nothing beside it whatever names and links the archive or the
/// directory hold, or the container's processes make meanwhile: every parent is found by the kernel beneath the directory,
/// the last name is never followed, and what gets attributes is held by a descriptor and known to be what was made.
/// </summary>
/// <param name="directory">Where to.</param>
/// <param name="request">How: its first name and its owner.</param>
/// <param name="warnings">Takes what was left out.</param>
internal sealed partial class ArchiveUnpacking(SafeFileHandle directory, WriteArchive request, ArchiveWarnings warnings) : IDisposable
{
    private const uint PrivateDirectory = 0x1c0; // 0700
    private const uint PrivateFile = 0x180; // 0600
    private const uint UsualDirectory = 0x1ed; // 0755
    private const int CopyBytes = 64 << 10;

    /// <summary>Directories whose times are still to be set, as what goes into one changes them. Beyond, an archive's earlier ones are set early.</summary>
    private const int MostPendingDirectories = 100_000;

    private readonly byte[]? firstName = request.FirstName is { } name ? Encoding.UTF8.GetBytes(name) : null;
    private readonly List<(ArchivePath Path, FileTime Modified)> pending = [];
    private readonly byte[] buffer = new byte[CopyBytes];
    private ArchivePath? heldPath;
    private SafeFileHandle? heldParent;

    /// <exception cref="ArchiveException">The archive, or what the container refuses.</exception>
    internal void Unpack(TarReader archive)
    {
        while (archive.Next(warnings) is { } entry)
        {
            ArchivePath path = ArchivePath.Parse(entry.Name, firstName);
            if (path.IsDirectoryItself)
            {
                MakeItself(entry);
                continue;
            }

            SafeFileHandle parent = HoldParent(path);
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

    private void MakeItself(TarEntry entry)
    {
        if (entry.Type != TarEntryType.Directory)
        {
            throw new ArchiveException(RequestFailure.Refused, $"{entry.ShownName}: a file of the archive would take the place of the directory itself");
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

        using SafeFileHandle held = Hold(parent, path, NodeType.Directory);
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
        Finish(parent, path, NodeType.SymbolicLink, entry);
    }

    /// <summary>What it is one more name of has to stand beneath the directory, too; a symbolic link is not followed.</summary>
    private void MakeHardLink(SafeFileHandle parent, ArchivePath path, TarEntry entry)
    {
        ArchivePath target = ArchivePath.Parse(entry.LinkName, firstName);
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
        Require(!Clear(parent, path), path);
        ushort type = entry.Type switch
        {
            TarEntryType.CharacterDevice => NodeType.CharacterDevice,
            TarEntryType.BlockDevice => NodeType.BlockDevice,
            _ => NodeType.Fifo,
        };
        Check(
            type == NodeType.Fifo
                ? DirectoryChanges.TryMakeNode(parent, path.Name, NodeType.Fifo | PrivateFile)
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

    /// <summary>A run of zeros as long as the buffer stays a hole.</summary>
    private void CopyData(SafeFileHandle file, ArchivePath path, TarReader archive)
    {
        long offset = 0;
        for (int count; (count = ReadFull(archive)) > 0; offset += count)
        {
            ReadOnlySpan<byte> data = buffer.AsSpan(0, count);
            if (count == buffer.Length && !data.ContainsAnyExcept((byte)0))
            {
                continue;
            }

            for (int written = 0, done; written < count; written += done)
            {
                Check(FileWriting.TryWrite(file, data[written..], offset + written, out done), "write", path);
            }
        }
    }

    private int ReadFull(TarReader archive)
    {
        int length = 0;
        for (int count; length < buffer.Length && (count = archive.Read(buffer.AsSpan(length))) > 0; length += count)
        {
        }

        return length;
    }

    /// <summary>Owner first, since a change of it takes set-user-id and capabilities away.</summary>
    private void SetAttributes(SafeFileHandle node, ArchivePath path, TarEntry entry)
    {
        Check(NodeChanges.TrySetOwner(node, request.Owner?.UserId ?? entry.UserId, request.Owner?.GroupId ?? entry.GroupId), "chown", path);
        if (entry.Type != TarEntryType.SymbolicLink)
        {
            Check(NodeChanges.TrySetMode(node, entry.Mode), "chmod", path);
        }

        foreach ((string name, byte[] value) in entry.Attributes)
        {
            byte[] terminated = Encoding.UTF8.GetBytes(name + '\0');
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
