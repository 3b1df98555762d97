using System.Numerics;

namespace Hearth.DiskImages.Erofs;

/// <summary>
/// The superblock. Wire order, little-endian, at byte 1024:
/// magic u32, checksum u32, feature_compat u32, blkszbits u8, extslots u8, root_nid u16, inos u64, build_time u64,
/// build_time_nsec u32, blocks u32, meta_blkaddr u32, xattr_blkaddr u32, uuid 16, volume_name 16, feature_incompat u32,
/// then 44 bytes for features that Hearth neither writes nor reads.
/// </summary>
internal readonly record struct ErofsSuperblock
{
    public const uint Magic = 0xE0F5E1E2;
    public const int Offset = 1024;
    public const int SizeInBytes = (4 * 3) + 1 + 1 + 2 + 8 + 8 + (4 * 4) + 16 + 16 + 4 + ReservedInBytes;
    public const int ChecksumOffset = 4;
    public const int UuidOffset = 48;

    /// <summary>The checksum field holds the CRC-32C of the superblock's block.</summary>
    public const uint HasChecksum = 1;

    /// <summary>Inodes store modification times; in early versions of the format, they stored change times.</summary>
    public const uint HasModificationTimes = 2;

    private const int ReservedInBytes = 44;

    public uint Checksum { get; init; }

    public uint CompatibleFeatures { get; init; }

    public byte BlockBits { get; init; }

    public byte ExtensionSlots { get; init; }

    public ushort RootNid { get; init; }

    public ulong InodeCount { get; init; }

    public ulong BuildSeconds { get; init; }

    public uint BuildNanoseconds { get; init; }

    public uint Blocks { get; init; }

    public uint MetadataBlock { get; init; }

    public uint XattrBlock { get; init; }

    public UInt128 Uuid { get; init; }

    public UInt128 Label { get; init; }

    public uint IncompatibleFeatures { get; init; }

    public void Write<TSink>(ref TSink sink)
        where TSink : struct, IImageSink
    {
        sink.U32(Magic);
        sink.U32(Checksum);
        sink.U32(CompatibleFeatures);
        sink.U8(BlockBits);
        sink.U8(ExtensionSlots);
        sink.U16(RootNid);
        sink.U64(InodeCount);
        sink.U64(BuildSeconds);
        sink.U32(BuildNanoseconds);
        sink.U32(Blocks);
        sink.U32(MetadataBlock);
        sink.U32(XattrBlock);
        sink.U64((ulong)(Uuid >> 64));
        sink.U64((ulong)Uuid);
        sink.U64((ulong)(Label >> 64));
        sink.U64((ulong)Label);
        sink.U32(IncompatibleFeatures);
        sink.Zeros(ReservedInBytes);
    }

    public static ErofsSuperblock Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        reader.Skip(sizeof(uint));
        return new ErofsSuperblock
        {
            Checksum = reader.U32(),
            CompatibleFeatures = reader.U32(),
            BlockBits = reader.U8(),
            ExtensionSlots = reader.U8(),
            RootNid = reader.U16(),
            InodeCount = reader.U64(),
            BuildSeconds = reader.U64(),
            BuildNanoseconds = reader.U32(),
            Blocks = reader.U32(),
            MetadataBlock = reader.U32(),
            XattrBlock = reader.U32(),
            Uuid = new UInt128(reader.U64(), reader.U64()),
            Label = new UInt128(reader.U64(), reader.U64()),
            IncompatibleFeatures = reader.U32(),
        };
    }

    /// <summary>
    /// The CRC-32C from the superblock to the end of its block, without the usual final inversion and with the checksum field
    /// as 0.
    /// </summary>
    public static uint ChecksumOf(ReadOnlySpan<byte> restOfBlock)
    {
        uint crc = uint.MaxValue;
        for (int i = 0; i < restOfBlock.Length; i++)
        {
            bool isChecksum = i is >= ChecksumOffset and < ChecksumOffset + sizeof(uint);
            crc = BitOperations.Crc32C(crc, isChecksum ? (byte)0 : restOfBlock[i]);
        }

        return crc;
    }
}
