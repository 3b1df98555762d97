namespace Hearth.DiskImages.Erofs;

/// <summary>
/// An inode. Hearth writes only the extended form: the compact form has no time of its own, and 16-bit ids.
/// Extended, 64 bytes: format u16, xattr_icount u16, mode u16, 0 u16, size u64, block or device u32, ino u32, uid u32,
/// gid u32, mtime u64, mtime_nsec u32, nlink u32, 0 16.
/// Compact, 32 bytes: format u16, xattr_icount u16, mode u16, nlink u16, size u32, 0 u32, block or device u32, ino u32,
/// uid u16, gid u16, 0 u32.
/// </summary>
internal readonly record struct ErofsInode
{
    public const int SizeInBytes = (2 * 4) + 8 + (4 * 4) + 8 + 4 + 4 + ReservedInBytes;
    public const int CompactSizeInBytes = (2 * 4) + (4 * 4) + 2 + 2 + 4;

    private const int ReservedInBytes = 16;

    public ushort Format { get; init; }

    /// <summary>0 if there are no attributes; else 1, plus 1 for each 4 bytes behind their header.</summary>
    public ushort XattrUnits { get; init; }

    public ushort Mode { get; init; }

    public ulong Size { get; init; }

    /// <summary>The first block of the data, or a device's number.</summary>
    public uint BlockOrDevice { get; init; }

    public uint Number { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public long ModifiedSeconds { get; init; }

    public uint ModifiedNanoseconds { get; init; }

    public uint LinkCount { get; init; }

    public int DataLayout => (Format & ErofsLayout.KnownFormatBits) >> ErofsLayout.DataLayoutShift;

    public int InodeBytes => IsExtended(Format) ? SizeInBytes : CompactSizeInBytes;

    public int XattrBytes => XattrUnits == 0 ? 0 : ErofsLayout.XattrHeaderInBytes + ((XattrUnits - 1) * ErofsLayout.XattrUnitInBytes);

    public static bool IsExtended(ushort format) => (format & ErofsLayout.ExtendedInode) != 0;

    public void Write<TSink>(ref TSink sink)
        where TSink : struct, IImageSink
    {
        sink.U16(Format);
        sink.U16(XattrUnits);
        sink.U16(Mode);
        sink.U16(0);
        sink.U64(Size);
        sink.U32(BlockOrDevice);
        sink.U32(Number);
        sink.U32(Uid);
        sink.U32(Gid);
        sink.U64((ulong)ModifiedSeconds);
        sink.U32(ModifiedNanoseconds);
        sink.U32(LinkCount);
        sink.Zeros(ReservedInBytes);
    }

    public static ErofsInode ReadExtended(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        ushort format = reader.U16();
        ushort xattrUnits = reader.U16();
        ushort mode = reader.U16();
        reader.Skip(sizeof(ushort));
        return new ErofsInode
        {
            Format = format,
            XattrUnits = xattrUnits,
            Mode = mode,
            Size = reader.U64(),
            BlockOrDevice = reader.U32(),
            Number = reader.U32(),
            Uid = reader.U32(),
            Gid = reader.U32(),
            ModifiedSeconds = (long)reader.U64(),
            ModifiedNanoseconds = reader.U32(),
            LinkCount = reader.U32(),
        };
    }

    /// <summary>A compact inode has the time of the whole image.</summary>
    public static ErofsInode ReadCompact(ReadOnlySpan<byte> bytes, in ErofsSuperblock superblock)
    {
        var reader = new WireReader(bytes);
        ushort format = reader.U16();
        ushort xattrUnits = reader.U16();
        ushort mode = reader.U16();
        ushort linkCount = reader.U16();
        uint size = reader.U32();
        reader.Skip(sizeof(uint));
        return new ErofsInode
        {
            Format = format,
            XattrUnits = xattrUnits,
            Mode = mode,
            LinkCount = linkCount,
            Size = size,
            BlockOrDevice = reader.U32(),
            Number = reader.U32(),
            Uid = reader.U16(),
            Gid = reader.U16(),
            ModifiedSeconds = (long)superblock.BuildSeconds,
            ModifiedNanoseconds = superblock.BuildNanoseconds,
        };
    }
}
