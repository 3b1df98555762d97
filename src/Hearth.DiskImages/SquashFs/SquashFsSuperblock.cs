namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// The superblock. Wire order, little-endian, at byte 0:
/// magic u32, inodes u32, mtime u32, block_size u32, fragments u32, compression u16, block_log u16, flags u16, ids u16,
/// major u16, minor u16, root inode u64, bytes_used u64, then where the tables start, u64 each: ids, attributes, inodes,
/// directories, fragments, export.
/// </summary>
internal readonly record struct SquashFsSuperblock
{
    public const uint Magic = 0x73717368;
    public const int SizeInBytes = (4 * 5) + (2 * 6) + (8 * 8);
    public const ushort Major = 4;
    public const ushort Minor = 0;

    /// <summary>
    /// Nothing is compressed, but the kernel requires support for the named compression: every kernel with SquashFS has zlib.
    /// </summary>
    public const ushort Gzip = 1;

    public const ushort InodesAreStored = 0x1;
    public const ushort DataIsStored = 0x2;
    public const ushort FragmentsAreStored = 0x8;
    public const ushort HasNoFragments = 0x10;
    public const ushort XattrsAreStored = 0x100;
    public const ushort HasNoXattrs = 0x200;
    public const ushort HasCompressorOptions = 0x400;
    public const ushort IdsAreStored = 0x800;

    public uint InodeCount { get; init; }

    public uint ModifiedSeconds { get; init; }

    public uint BlockInBytes { get; init; }

    public uint FragmentCount { get; init; }

    public ushort Compression { get; init; }

    public ushort BlockBits { get; init; }

    public ushort Flags { get; init; }

    public ushort IdCount { get; init; }

    public ushort MajorVersion { get; init; }

    public ushort MinorVersion { get; init; }

    /// <summary>See <see cref="SquashFsLayout.ReferenceTo"/>.</summary>
    public ulong RootInode { get; init; }

    /// <summary>The end of the last table; padding follows.</summary>
    public ulong BytesUsed { get; init; }

    public ulong IdTable { get; init; }

    public ulong XattrTable { get; init; }

    public ulong InodeTable { get; init; }

    public ulong DirectoryTable { get; init; }

    public ulong FragmentTable { get; init; }

    public ulong ExportTable { get; init; }

    public void Write<TSink>(ref TSink sink)
        where TSink : struct, IImageSink
    {
        sink.U32(Magic);
        sink.U32(InodeCount);
        sink.U32(ModifiedSeconds);
        sink.U32(BlockInBytes);
        sink.U32(FragmentCount);
        sink.U16(Compression);
        sink.U16(BlockBits);
        sink.U16(Flags);
        sink.U16(IdCount);
        sink.U16(MajorVersion);
        sink.U16(MinorVersion);
        sink.U64(RootInode);
        sink.U64(BytesUsed);
        sink.U64(IdTable);
        sink.U64(XattrTable);
        sink.U64(InodeTable);
        sink.U64(DirectoryTable);
        sink.U64(FragmentTable);
        sink.U64(ExportTable);
    }

    public static SquashFsSuperblock Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        reader.Skip(sizeof(uint));
        return new SquashFsSuperblock
        {
            InodeCount = reader.U32(),
            ModifiedSeconds = reader.U32(),
            BlockInBytes = reader.U32(),
            FragmentCount = reader.U32(),
            Compression = reader.U16(),
            BlockBits = reader.U16(),
            Flags = reader.U16(),
            IdCount = reader.U16(),
            MajorVersion = reader.U16(),
            MinorVersion = reader.U16(),
            RootInode = reader.U64(),
            BytesUsed = reader.U64(),
            IdTable = reader.U64(),
            XattrTable = reader.U64(),
            InodeTable = reader.U64(),
            DirectoryTable = reader.U64(),
            FragmentTable = reader.U64(),
            ExportTable = reader.U64(),
        };
    }
}
