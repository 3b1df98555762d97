using Hearth.FileTree;

namespace Hearth.DiskImages.Packed;

/// <summary>
/// Writes a tree as a tar archive: every node except the root and the sockets, for which the format has no type. A
/// hard-linked file is written at its first name, and its other names refer to that. Writing blocks its thread, also while
/// content is awaited.
/// </summary>
/// <param name="tree">What to write.</param>
/// <param name="content">The source of its files' bytes.</param>
/// <param name="stream">Receives the archive.</param>
/// <param name="wantsXattr">Whether an extended attribute of this name is written.</param>
/// <param name="progress">Receives the bytes of contents written so far; may be null.</param>
internal sealed class TarWriter(Tree tree, IContentSource content, Stream stream, XattrFilter wantsXattr, IProgress<long>? progress)
{
    private const int BufferBytes = 1 << 20;

    private static readonly byte[] xattrPrefix = [.. "SCHILY.xattr."u8];

    private readonly byte[] buffer = new byte[BufferBytes];
    private readonly Dictionary<int, byte[]> linked = [];
    private long written;

    /// <exception cref="DiskImageException">A file cannot be read, or has changed since it was walked.</exception>
    internal void Write(CancellationToken cancellationToken)
    {
        WriteDirectory(Tree.Root, [], cancellationToken);
        stream.Write(new byte[2 * TarHeader.SizeInBytes]);
        stream.Flush();
    }

    private void WriteDirectory(NodeId directory, byte[] prefix, CancellationToken cancellationToken)
    {
        foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[] path = [.. prefix, .. tree.NameOf(entry)];
            WriteNode(entry.Node, path, cancellationToken);
            if (tree[entry.Node].Type == NodeType.Directory)
            {
                WriteDirectory(entry.Node, [.. path, (byte)'/'], cancellationToken);
            }
        }
    }

    private void WriteNode(NodeId id, byte[] path, CancellationToken cancellationToken)
    {
        ref readonly Node node = ref tree[id];
        if (node.Type == NodeType.Socket)
        {
            return;
        }

        bool isLink = linked.TryGetValue(id.Index, out byte[]? first);
        TarHeader header = new()
        {
            Type = isLink ? TarHeader.HardLink : TypeOf(node.Type),
            Path = path,
            LinkTarget = isLink ? first : tree.LinkTargetOf(id).ToArray(),
            Permissions = node.Permissions,
            Uid = node.Uid,
            Gid = node.Gid,
            Size = node.Type == NodeType.Regular && !isLink ? node.Size : 0,
            ModifiedSeconds = node.ModifiedSeconds,
            DeviceMajor = MajorOf(node.DeviceNumber),
            DeviceMinor = MinorOf(node.DeviceNumber),
        };
        foreach (Xattr xattr in isLink ? default : tree.XattrsOf(id))
        {
            if (wantsXattr(xattr.Name.Span))
            {
                header.Extend([.. xattrPrefix, .. xattr.Name.Span], xattr.Value.Span);
            }
        }

        header.WriteTo(stream);
        if (!isLink && node.Type == NodeType.Regular)
        {
            WriteContent(id, node.Size, cancellationToken);
        }

        if (!isLink && node.LinkCount > 1 && node.Type != NodeType.Directory)
        {
            linked.Add(id.Index, path);
        }
    }

    private void WriteContent(NodeId file, long size, CancellationToken cancellationToken)
    {
        for (long offset = 0; offset < size;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = (int)Math.Min(buffer.Length, size - offset);
            content.ReadAsync(file, offset, buffer.AsMemory(0, count), cancellationToken).AsTask().GetAwaiter().GetResult();
            stream.Write(buffer, 0, count);
            offset += count;
            written += count;
            progress?.Report(written);
        }

        int padding = (int)(-size & (TarHeader.SizeInBytes - 1));
        buffer.AsSpan(0, padding).Clear();
        stream.Write(buffer, 0, padding);
    }

    private static byte TypeOf(NodeType type) => type switch
    {
        NodeType.Regular => TarHeader.RegularFile,
        NodeType.Directory => TarHeader.Directory,
        NodeType.SymbolicLink => TarHeader.SymbolicLink,
        NodeType.CharacterDevice => TarHeader.CharacterDevice,
        NodeType.BlockDevice => TarHeader.BlockDevice,
        NodeType.Fifo => TarHeader.Fifo,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The kernel's new_encode_dev: the minor number's lower eight bits, the major's twelve, the minor's rest.</summary>
    private static uint MajorOf(uint device) => (device >> 8) & 0xFFF;

    private static uint MinorOf(uint device) => (device & 0xFF) | ((device >> 12) & 0xFFF00);
}

/// <summary>Decides by its full name whether an extended attribute is written.</summary>
internal delegate bool XattrFilter(ReadOnlySpan<byte> name);
