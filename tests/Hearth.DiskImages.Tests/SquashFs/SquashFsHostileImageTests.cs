using System.IO.Compression;
using CsCheck;
using Hearth.DiskImages.SquashFs;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.SquashFs;

/// <summary>Whatever the bytes of an image are, reading it ends with a dump or a typed error.</summary>
public sealed class SquashFsHostileImageTests
{
    private static readonly ImagePlan plan = new SquashFsPlanner().Plan(Sample());
    private static readonly byte[] valid = ImageFile.InMemory(plan);
    private static readonly int tables = (int)plan.Metadata[1].Offset;
    private static readonly int end = tables + plan.Metadata[1].Bytes.Length;

    /// <summary>The first inode of the table, and what its fixed part begins with.</summary>
    private static readonly int firstInode = tables + SquashFsLayout.MetadataHeaderInBytes;

    private static Tree Sample() => new SampleTree().Many(700, "many/a-rather-long-name-")
        .File("file", 5000).HardLink("hard", "file").Link("link", "file").Link("long", new string('l', 4050))
        .Xattrs("file", ("user.own", new byte[100])).Xattrs("link", ("trusted.shared", new byte[300])).Xattrs("many", ("trusted.shared", new byte[300]))
        .File("a/b/c", 10).Device("a/null", NodeType.CharacterDevice, 0x103).Build();

    [Fact]
    public void The_image_that_the_others_are_made_of_is_sound() => Assert.Null(HostileImage.Refusal([.. valid]));

    [Fact]
    public void Changed_bits_are_refused_or_read_and_never_crash()
    {
        HostileImage.ChangeBits(valid, 0, SquashFsSuperblock.SizeInBytes, image => HostileImage.Refusal(image));
        HostileImage.ChangeBits(valid, tables, end, image => HostileImage.Refusal(image));
    }

    [Fact]
    public void Large_numbers_anywhere_are_refused_or_read_and_never_crash()
    {
        HostileImage.PutLargeNumbers(valid, 0, SquashFsSuperblock.SizeInBytes, image => HostileImage.Refusal(image));
        HostileImage.PutLargeNumbers(valid, tables, end, image => HostileImage.Refusal(image));
    }

    [Fact]
    public void Cut_images_are_refused() =>
        Gen.Int[0, end - 1].Sample(length => HostileImage.Refusal(valid[..length]) is not null, iter: 300);

    public static TheoryData<string, int, byte, DiskImageError, string> Refused => new()
    {
        { "another version", 28, 3, DiskImageError.Unsupported, "version 3.0" },
        { "blocks of 2^30 bytes", 22, 30, DiskImageError.Corrupt, "2^30" },
        { "bytes beyond the image's end", 47, 1, DiskImageError.Corrupt, "past the image's end" },
        { "inodes behind the directories", 71, 1, DiskImageError.Corrupt, "inodes at" },
        { "a block of inodes that was never compressed", tables + 1, 0x1F, DiskImageError.Corrupt, "gzip cannot expand" },
        { "a block of no bytes", tables + 1, 0xA1, DiskImageError.Corrupt, "a block of" },
        { "an inode of no type", firstInode, 99, DiskImageError.Corrupt, "an inode of type 99" },
        { "an owner that there is not", firstInode + 4, 9, DiskImageError.Corrupt, "owner number 9" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_field_that_makes_no_sense_is_refused_by_name(string what, int offset, byte value, DiskImageError error, string message)
    {
        byte[] image = [.. valid];
        image[offset] = value;
        DiskImageException? refusal = HostileImage.Refusal(image);
        Assert.True(refusal is not null, $"{what} was read");
        Assert.Equal(error, refusal.Error);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("offset", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SquashFsReaderTests.Compressions), MemberType = typeof(SquashFsReaderTests))]
    public void Damaged_compressed_images_are_refused_or_read_and_never_crash(string compression)
    {
        using var directory = new TemporaryDirectory();
        byte[] packed = File.ReadAllBytes(SquashFsReaderTests.Pack(directory, SquashFsReaderTests.MakeSource(directory, step: 20), ["-comp", compression]));
        SquashFsSuperblock superblock = SquashFsSuperblock.Read(packed);
        Assert.Null(HostileImage.Refusal(packed));
        HostileImage.ChangeBits(packed, 0, SquashFsSuperblock.SizeInBytes, image => HostileImage.Refusal(image));
        HostileImage.ChangeBits(packed, (int)superblock.InodeTable, (int)superblock.BytesUsed, image => HostileImage.Refusal(image));
        HostileImage.PutLargeNumbers(packed, (int)superblock.InodeTable, (int)superblock.BytesUsed, image => HostileImage.Refusal(image));
    }

    /// <summary>A block of zeros takes few bytes, and an image of such blocks would be a bomb.</summary>
    [Fact]
    public void Metadata_that_expands_without_measure_is_refused()
    {
        byte[] zeros = Compressed(new byte[SquashFsLayout.MetadataBlockInBytes]);
        var regions = new RegionMap(new ImageBytes(new MemoryStream(zeros)));
        var place = new MetadataPlace(0, zeros.Length, SquashFsSuperblock.Gzip, RegionKind.Inode, "the inodes");
        var table = new MetadataTable(new ImageBytes(new MemoryStream(zeros)), regions, place);
        DiskImageException refusal = Assert.Throws<DiskImageException>(() => table.Seek(0, 0));
        Assert.Equal(DiskImageError.Unsupported, refusal.Error);
        Assert.Contains("100-fold", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_that_expands_beyond_8_KiB_is_refused()
    {
        byte[] large = new byte[SquashFsLayout.MetadataBlockInBytes + 1];
        new Random(1).NextBytes(large.AsSpan(0, 1000));
        byte[] image = Compressed(large);
        var place = new MetadataPlace(0, image.Length, SquashFsSuperblock.Gzip, RegionKind.Inode, "the inodes");
        var table = new MetadataTable(new ImageBytes(new MemoryStream(image)), new RegionMap(new ImageBytes(new MemoryStream(image))), place);
        Assert.Equal(DiskImageError.Corrupt, Assert.Throws<DiskImageException>(() => table.Seek(0, 0)).Error);
    }

    /// <summary>One block of metadata, behind its header.</summary>
    private static byte[] Compressed(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            stream.Write(content);
        }

        return [.. BitConverter.GetBytes((ushort)packed.Length), .. packed.ToArray()];
    }

    [Fact]
    public void Bytes_that_nothing_refers_to_are_shown_as_unknown()
    {
        byte[] image = [.. valid, .. new byte[4096]];
        image[^1] = 1;
        ImageDump dump = ImageDump.Read(new MemoryStream(image), TestContext.Current.CancellationToken);
        Assert.Equal(dump.Length, Assert.Single(dump.Regions, region => region.Kind == RegionKind.Unknown).End);
    }
}
