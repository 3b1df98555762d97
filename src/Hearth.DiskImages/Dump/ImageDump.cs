namespace Hearth.DiskImages;

/// <summary>
/// The content of an image, read back from its bytes: the superblock's fields, every node and name, and regions that cover
/// every byte. Images are treated as hostile: whatever the bytes are, reading ends with a dump or a
/// <see cref="DiskImageException"/>, and its memory use is bounded by the image's size.
/// </summary>
public sealed class ImageDump
{
    private const int MostPathBytes = 1 << 20;

    public required ImageFormat Format { get; init; }

    /// <summary>The image's length in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>The superblock, field by field, in wire order.</summary>
    public required IReadOnlyList<DumpField> Fields { get; init; }

    /// <summary>Ascending and without gap or overlap from 0 to <see cref="Length"/>.</summary>
    public required IReadOnlyList<DumpRegion> Regions { get; init; }

    /// <summary>The nodes reachable from the root, which is the first; parents come before children.</summary>
    public required IReadOnlyList<DumpNode> Nodes { get; init; }

    /// <summary>All names, including further names of hard links, directory by directory in the image's order.</summary>
    public required IReadOnlyList<DumpName> Names { get; init; }

    /// <summary>Reads an image of either format.</summary>
    /// <param name="image">A seekable stream whose length is the image's.</param>
    /// <param name="cancellationToken">Ends the reading of a large image early.</param>
    /// <exception cref="DiskImageException">
    /// Corrupt: the bytes contradict each other. Unsupported: an unknown format, or a feature that this version cannot read,
    /// such as compressed EROFS or SquashFS with xz. SourceUnreadable: the stream failed. The message contains the offset.
    /// </exception>
    public static ImageDump Read(Stream image, CancellationToken cancellationToken = default)
    {
        var bytes = new ImageBytes(image);
        if (Erofs.ErofsReader.IsErofs(bytes))
        {
            return new Erofs.ErofsReader(bytes, cancellationToken).Read();
        }

        if (SquashFs.SquashFsReader.IsSquashFs(bytes))
        {
            return new SquashFs.SquashFsReader(bytes, cancellationToken).Read();
        }

        throw new DiskImageException(DiskImageError.Unsupported, "the image is neither EROFS (magic E0F5E1E2 at 1024) nor SquashFS (magic 73717368 at 0)");
    }

    /// <summary>A node's path below the root by its first name; empty for the root.</summary>
    /// <exception cref="DiskImageException">The path is longer than a megabyte, which only a hostile image has.</exception>
    public byte[] PathOf(int node)
    {
        var parts = new Stack<ReadOnlyMemory<byte>>();
        int length = 0;
        for (int at = node; Nodes[at].FirstName >= 0; at = Names[Nodes[at].FirstName].Parent)
        {
            parts.Push(Names[Nodes[at].FirstName].Name);
            length += parts.Peek().Length + 1;
            if (length > MostPathBytes)
            {
                throw new DiskImageException(DiskImageError.Unsupported, $"the path of node {node} is longer than {MostPathBytes} bytes");
            }
        }

        byte[] path = new byte[Math.Max(0, length - 1)];
        int end = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            end += end > 0 ? 1 : 0;
            path.AsSpan(Math.Max(0, end - 1), end > 0 ? 1 : 0).Fill((byte)'/');
            part.Span.CopyTo(path.AsSpan(end));
            end += part.Length;
        }

        return path;
    }
}
