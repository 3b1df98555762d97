using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Hearth.FileTree;
using Hearth.Linux.Memory;

namespace Hearth.DiskImages;

/// <summary>
/// A plan as a file that is mapped and used in place: nothing is parsed, and only the parts that a guest's reads need are
/// loaded. The file is valid only for this version of this program on this machine. docs/cache.md describes its layout.
/// </summary>
public static class StoredPlan
{
    /// <summary>Raise it when the layout of this file changes.</summary>
    public const int Version = 3;

    /// <summary>Sections begin at multiples of this.</summary>
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => "hearthPL"u8;

    /// <summary>Writes a plan.</summary>
    /// <param name="walked">The plan and its tree.</param>
    /// <param name="stream">Positioned at its start.</param>
    public static void Write(WalkedPlan walked, Stream stream)
    {
        ImagePlan plan = walked.Image;
        TreeParts tree = plan.Tree.Parts;
        byte[] xattrs = Xattrs(tree.XattrSets);
        byte[] leftOut = Encoding.UTF8.GetBytes(string.Join('\0', plan.LeftOut));
        Header header = new()
        {
            Magic = BinaryPrimitives.ReadUInt64LittleEndian(Magic),
            Versions = Versions,
            Format = (int)plan.Format,
            Nodes = tree.Nodes.Length,
            Entries = tree.Entries.Length,
            TextBytes = tree.Text.Length,
            Identities = walked.Identities.Length,
            XattrBytes = xattrs.Length,
            Files = plan.Files.Count,
            Regions = plan.Metadata.Count,
            LeftOutBytes = leftOut.Length,
            ImageLength = plan.Length,
        };
        Write(stream, MemoryMarshal.AsBytes(new ReadOnlySpan<Header>(ref header)));
        Write(stream, MemoryMarshal.AsBytes(plan.Metadata.Select(region => new RegionPlace(region.Offset, region.Bytes.Length)).ToArray().AsSpan()));
        WriteMany(stream, tree.Nodes);
        WriteMany(stream, tree.Entries);
        Write(stream, tree.Text.Span);
        Write(stream, xattrs);
        Write(stream, leftOut);
        WriteMany(stream, walked.Identities);
        WriteMany(stream, plan.Files.StartsInBlocks);
        WriteMany(stream, plan.Files.Nodes);
        foreach (MetadataRegion region in plan.Metadata)
        {
            Write(stream, region.Bytes.Span);
        }
    }

    /// <summary>Opens a plan. The file must not change while the plan is used, but it may be removed.</summary>
    /// <exception cref="DiskImageException">The file is not a plan, belongs to another version, or is incomplete.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static WalkedPlan Open(string path)
    {
        try
        {
            return Read(new Sections(MappedFile.Open(path)));
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException or EndOfStreamException)
        {
            throw new DiskImageException(DiskImageError.Corrupt, $"cannot open the plan '{path}': it is incomplete: {exception.Message}", exception);
        }
    }

    private static long Versions => ((long)Version << 32) | TreeParts.Version;

    private static WalkedPlan Read(Sections file)
    {
        Header header = file.Next<Header>(1).Span[0];
        if (header.Magic != BinaryPrimitives.ReadUInt64LittleEndian(Magic) || header.Versions != Versions)
        {
            throw new DiskImageException(DiskImageError.Unsupported, "cannot open the plan: the file is not a plan of this version");
        }

        ReadOnlySpan<RegionPlace> places = file.Next<RegionPlace>(header.Regions).Span;
        TreeParts tree = new(
            file.Next<Node>(header.Nodes),
            file.Next<DirectoryEntry>(header.Entries),
            file.Next<byte>(header.TextBytes),
            XattrSets: ReadXattrs(file.Next<byte>(header.XattrBytes)));
        string leftOut = Encoding.UTF8.GetString(file.Next<byte>(header.LeftOutBytes).Span);
        ReadOnlyMemory<SourceIdentity> identities = file.Next<SourceIdentity>(header.Identities);
        FileExtents files = new(file.Next<uint>(header.Files), file.Next<int>(header.Files));
        var regions = new MetadataRegion[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            regions[i] = new MetadataRegion(places[i].Offset, file.Next<byte>(checked((int)places[i].Length)));
        }

        file.RefuseMore();
        ImagePlan plan = new()
        {
            Format = (ImageFormat)header.Format,
            Tree = new Tree(tree),
            Length = header.ImageLength,
            Metadata = regions,
            Files = files,
            LeftOut = leftOut.Length == 0 ? [] : leftOut.Split('\0'),
        };
        return new WalkedPlan(plan, identities);
    }

    private static void WriteMany<T>(Stream stream, ReadOnlyMemory<T> parts)
        where T : unmanaged
    {
        const int Portion = 1 << 20;
        for (int i = 0; i < parts.Length; i += Portion)
        {
            stream.Write(MemoryMarshal.AsBytes(parts.Span[i..Math.Min(i + Portion, parts.Length)]));
        }

        Align(stream);
    }

    private static void Write(Stream stream, ReadOnlySpan<byte> section)
    {
        stream.Write(section);
        Align(stream);
    }

    private static void Align(Stream stream) => stream.Write(stackalloc byte[(int)(-stream.Position & (Alignment - 1))]);

    private static byte[] Xattrs(IReadOnlyList<IReadOnlyList<Xattr>> sets)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(sets.Count);
        foreach (IReadOnlyList<Xattr> set in sets)
        {
            writer.Write(set.Count);
            foreach (Xattr xattr in set)
            {
                writer.Write(xattr.Name.Length);
                writer.Write(xattr.Name.Span);
                writer.Write(xattr.Value.Length);
                writer.Write(xattr.Value.Span);
            }
        }

        return bytes.ToArray();
    }

    private static Xattr[][] ReadXattrs(ReadOnlyMemory<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()));
        var sets = new Xattr[reader.ReadInt32()][];
        for (int i = 0; i < sets.Length; i++)
        {
            sets[i] = new Xattr[reader.ReadInt32()];
            for (int j = 0; j < sets[i].Length; j++)
            {
                byte[] name = reader.ReadBytes(reader.ReadInt32());
                sets[i][j] = new Xattr(name, reader.ReadBytes(reader.ReadInt32()));
            }
        }

        return sets;
    }

    /// <summary>Returns the sections of a file one by one.</summary>
    private sealed class Sections(MappedFile file)
    {
        private long position;

        public ReadOnlyMemory<T> Next<T>(int count)
            where T : unmanaged
        {
            ReadOnlyMemory<T> section = file.Slice<T>(position, count);
            position += (long)count * System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
            position += -position & (Alignment - 1);
            return section;
        }

        public void RefuseMore() => ArgumentOutOfRangeException.ThrowIfNotEqual(position, file.Length, "length");
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Header
    {
        public ulong Magic { get; init; }

        public long Versions { get; init; }

        public long ImageLength { get; init; }

        public int Format { get; init; }

        public int Nodes { get; init; }

        public int Entries { get; init; }

        public int TextBytes { get; init; }

        public int Identities { get; init; }

        public int XattrBytes { get; init; }

        public int Files { get; init; }

        public int Regions { get; init; }

        public int LeftOutBytes { get; init; }

        /// <summary>Fills the gap at the end, whose bytes would otherwise be undefined.</summary>
        public int Reserved { get; init; }
    }

    private readonly record struct RegionPlace(long Offset, long Length);
}
