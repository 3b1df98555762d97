using System.Text;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar;

/// <summary>Packs single nodes of a tree: the entry of a directory, and all of anything else. A second link of a file becomes a hard link.</summary>
/// <param name="archive">Receives the nodes.</param>
/// <param name="warnings">Receives what was left out.</param>
/// <param name="skipsHoles">True to store files without their holes, by a form of GNU tar; false to store zeros, as every tar reads them.</param>
internal sealed class NodePacking(TarWriter archive, ArchiveWarnings warnings, bool skipsHoles = false)
{
    private const ushort PermissionMask = 0xfff;

    private const int CopyBytes = 64 << 10;

    /// <summary>The unit of statx's blocks.</summary>
    private const int BlockBytes = 512;

    /// <summary>PATH_MAX: no link target is longer.</summary>
    private const int MostLinkBytes = 4096;

    private readonly byte[] buffer = new byte[CopyBytes];
    private readonly Dictionary<(ulong Device, ulong Inode), byte[]> linked = [];
    private readonly NodeAttributes attributes = new();

    /// <summary>Packs the entry of a directory; the caller packs its content.</summary>
    internal void PackDirectory(SafeFileHandle held, byte[] name, NodeStatus status) =>
        archive.Begin(Describe(TarEntryType.Directory, held, [.. name, (byte)'/'], status));

    /// <summary>Packs a node that is no directory.</summary>
    /// <exception cref="ArchiveException">It cannot be read.</exception>
    internal void Pack(SafeFileHandle held, byte[] name, NodeStatus status)
    {
        if (status.LinkCount > 1)
        {
            if (linked.TryGetValue((status.Device, status.Inode), out byte[]? first))
            {
                archive.Begin(Describe(TarEntryType.HardLink, held, name, status) with { LinkName = first, Attributes = [] });
                return;
            }

            linked.Add((status.Device, status.Inode), name);
        }

        switch (status.Type)
        {
            case NodeTypes.File:
                PackFile(held, name, status);
                break;
            case NodeTypes.SymbolicLink:
                archive.Begin(Describe(TarEntryType.SymbolicLink, held, name, status) with { LinkName = ReadLink(held, name) });
                break;
            case NodeTypes.CharacterDevice or NodeTypes.BlockDevice:
                TarEntryType type = status.Type == NodeTypes.CharacterDevice ? TarEntryType.CharacterDevice : TarEntryType.BlockDevice;
                archive.Begin(Describe(type, held, name, status) with
                {
                    DeviceMajor = (status.RawDevice >> 8) & 0xfff,
                    DeviceMinor = (status.RawDevice & 0xff) | ((status.RawDevice >> 12) & 0xfff00),
                });
                break;
            case NodeTypes.Fifo:
                archive.Begin(Describe(TarEntryType.Fifo, held, name, status));
                break;
            case NodeTypes.Socket:
                warnings.Add($"{Show(name)}: a socket was left out");
                break;
            default:
                warnings.Add($"{Show(name)}: a file of an unknown type was left out");
                break;
        }
    }

    internal static NodeStatus Inspect(SafeFileHandle held, byte[] name)
    {
        Check(HeldNodes.TryInspect(held, "\0"u8[..0], out NodeStatus status), "statx", name);
        return status;
    }

    internal static void Check(Errno errno, string call, byte[] name)
    {
        if (errno != Errno.None)
        {
            throw new ArchiveException(TarError.System, new LinuxException(call, errno, Show(name)).Message);
        }
    }

    internal static string Show(byte[] name) => Encoding.UTF8.GetString(name);

    private void PackFile(SafeFileHandle held, byte[] name, NodeStatus status)
    {
        Check(HeldNodes.TryOpen(held, OpenFlags.None, out SafeFileHandle file), "open", name);
        using (file)
        {
            long size = (long)status.Size;
            TarEntry entry = Describe(TarEntryType.File, held, name, status) with { SizeInBytes = size };
            if (skipsHoles && status.Blocks * BlockBytes < status.Size && FileExtents.TryFind(file, size) is { } extents)
            {
                archive.Begin(entry with { Extents = extents });
                foreach (SparseExtent extent in extents)
                {
                    Copy(file, name, extent);
                }
            }
            else
            {
                archive.Begin(entry);
                Copy(file, name, new SparseExtent(0, size));
            }
        }
    }

    private void Copy(SafeFileHandle file, byte[] name, SparseExtent extent)
    {
        long left = extent.Length;
        for (long offset = extent.Offset; left > 0;)
        {
            int wanted = (int)Math.Min(left, buffer.Length);
            Check(ContentFiles.TryRead(file, buffer.AsSpan(0, wanted), offset, out int count), "read", name);
            if (count == 0)
            {
                Fill(name, left);
                return;
            }

            archive.Write(buffer.AsSpan(0, count));
            offset += count;
            left -= count;
        }
    }

    /// <summary>Pads a file that became shorter: its header has already promised its size.</summary>
    private void Fill(byte[] name, long left)
    {
        warnings.Add($"{Show(name)}: it became {left} bytes shorter while it was read; the missing bytes are packed as zeros");
        buffer.AsSpan().Clear();
        for (; left > 0; left -= Math.Min(left, buffer.Length))
        {
            archive.Write(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length)));
        }
    }

    private TarEntry Describe(TarEntryType type, SafeFileHandle held, byte[] name, NodeStatus status) => new()
    {
        Type = type,
        Name = name,
        Mode = (uint)(status.Mode & PermissionMask),
        UserId = status.Uid,
        GroupId = status.Gid,
        Modified = status.Modified,
        Attributes = attributes.Read(held),
    };

    private static byte[] ReadLink(SafeFileHandle held, byte[] name)
    {
        Span<byte> target = stackalloc byte[MostLinkBytes];
        Check(HeldNodes.TryReadLink(held, target, out int count), "readlink", name);
        return target[..count].ToArray();
    }
}
