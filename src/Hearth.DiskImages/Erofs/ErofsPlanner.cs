using System.Buffers.Binary;
using System.Security.Cryptography;
using Hearth.FileTree;

namespace Hearth.DiskImages.Erofs;

/// <summary>
/// Lays out a tree as an EROFS image of plain inodes, with inline tails for directories and links. It uses no incompatible
/// feature, so any kernel from 5.4 on that has EROFS mounts it. The order: the superblock, the inodes in the tree's order (a
/// directory's children are adjacent), shared attributes, larger directories in whole blocks, then the contents, file after
/// file in the same order. See Documentation/filesystems/erofs.rst of Linux.
/// </summary>
internal sealed class ErofsPlanner : IImagePlanner
{
    /// <summary>Block addresses have 32 bits.</summary>
    private const long MostBlocks = uint.MaxValue;

    /// <summary>RFC 9562, version 8: a UUID with vendor-defined bits, here a digest of the metadata.</summary>
    private const byte UuidVersion = 0x80;

    private const byte UuidVariant = 0x80;

    public ImageFormat Format => ImageFormat.Erofs;

    public ImagePlan Plan(Tree tree, CancellationToken cancellationToken = default)
    {
        var xattrs = new ErofsXattrPlan(tree);
        uint[] slots = new uint[tree.NodeCount];
        ErofsAreas areas = new ErofsWriter<MeasuringSink>(tree, xattrs, slots, default, default, cancellationToken).Write(FileStarts.None);
        RefuseTooLarge(areas);

        byte[] metadata = new byte[areas.DataStart];
        var files = new FileStarts(areas.FileCount);
        ErofsAreas emitted = new ErofsWriter<EmittingSink>(tree, xattrs, slots, areas, new EmittingSink(metadata), cancellationToken).Write(files);
        if (emitted != areas)
        {
            throw new InvalidOperationException($"the image was measured as {areas} and written as {emitted}");
        }

        Seal(metadata);
        return new ImagePlan
        {
            Format = ImageFormat.Erofs,
            Tree = tree,
            Length = areas.Blocks * ErofsLayout.BlockInBytes,
            Metadata = [new MetadataRegion(0, metadata)],
            Files = files.ToExtents(),
        };
    }

    private static void RefuseTooLarge(in ErofsAreas areas)
    {
        if (areas.Blocks > MostBlocks)
        {
            throw new DiskImageException(
                DiskImageError.TooLarge, $"the files need {areas.Blocks} blocks of 4096 bytes, and an EROFS image has at most {MostBlocks} (16 TiB)");
        }

        if (areas.DataStart > Array.MaxLength)
        {
            throw new DiskImageException(
                DiskImageError.TooLarge, $"the metadata needs {areas.DataStart} bytes, and at most {Array.MaxLength} are held in memory");
        }
    }

    /// <summary>Sets the UUID from all other bytes, then the checksum, which covers the UUID too.</summary>
    private static void Seal(byte[] metadata)
    {
        Span<byte> block = metadata.AsSpan(0, ErofsLayout.BlockInBytes)[ErofsSuperblock.Offset..];
        Span<byte> uuid = block.Slice(ErofsSuperblock.UuidOffset, 16);
        SHA256.HashData(metadata).AsSpan(0, 16).CopyTo(uuid);
        uuid[6] = (byte)((uuid[6] & 0x0F) | UuidVersion);
        uuid[8] = (byte)((uuid[8] & 0x3F) | UuidVariant);
        BinaryPrimitives.WriteUInt32LittleEndian(block[ErofsSuperblock.ChecksumOffset..], ErofsSuperblock.ChecksumOf(block));
    }
}
