using System.Buffers.Binary;
using CsCheck;
using Hearth.DiskImages.Erofs;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Erofs;

/// <summary>Whatever the bytes of an image are, reading it ends with a dump or a typed error.</summary>
public sealed class ErofsHostileImageTests
{
    private const int RootInode = ErofsSuperblock.Offset + ErofsSuperblock.SizeInBytes;

    private static readonly byte[] valid = ImageFile.InMemory(new ErofsPlanner().Plan(Sample()));

    private static Tree Sample()
    {
        SampleTree sample = new SampleTree().Many(300, "many/a-rather-long-name-");
        return sample.File("file", 5000).HardLink("hard", "file").Link("link", "file").Link("long", new string('l', 4050))
            .Xattrs("file", ("user.own", new byte[100])).Xattrs("link", ("trusted.shared", new byte[300])).Xattrs("many", ("trusted.shared", new byte[300]))
            .File("a/b/c", 10).Device("a/null", NodeType.CharacterDevice, 0x103).Build();
    }

    private static DiskImageException? Refusal(byte[] image, bool mendChecksum)
    {
        if (mendChecksum && image.Length >= 4096)
        {
            Span<byte> block = image.AsSpan(ErofsSuperblock.Offset, 4096 - ErofsSuperblock.Offset);
            BinaryPrimitives.WriteUInt32LittleEndian(block[ErofsSuperblock.ChecksumOffset..], ErofsSuperblock.ChecksumOf(block));
        }

        return HostileImage.Refusal(image);
    }

    [Fact]
    public void The_image_that_the_others_are_made_of_is_sound() => Assert.Null(Refusal([.. valid], mendChecksum: false));

    [Fact]
    public void Changed_bits_are_refused_or_read_and_never_crash() =>
        HostileImage.ChangeBits(valid, ErofsSuperblock.Offset, MetadataEnd(), image => Refusal(image, mendChecksum: true));

    [Fact]
    public void Large_numbers_anywhere_are_refused_or_read_and_never_crash() =>
        HostileImage.PutLargeNumbers(valid, ErofsSuperblock.Offset, MetadataEnd(), image => Refusal(image, mendChecksum: true));

    [Fact]
    public void Cut_images_are_refused() =>
        Gen.Int[0, valid.Length - 1].Sample(length => Refusal(valid[..length], mendChecksum: false) is not null, iter: 300);

    [Fact]
    public void A_checksum_that_does_not_fit_is_refused()
    {
        byte[] image = [.. valid];
        image[RootInode + 24] ^= 1;
        Assert.Contains("checksum", Refusal(image, mendChecksum: false)!.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, int, byte, DiskImageError, string> Refused => new()
    {
        { "an incompatible feature", ErofsSuperblock.Offset + 80, 0x02, DiskImageError.Unsupported, "incompatible features" },
        { "blocks of 2^30 bytes", ErofsSuperblock.Offset + 12, 30, DiskImageError.Unsupported, "blocks of 2^30" },
        { "extension slots", ErofsSuperblock.Offset + 13, 1, DiskImageError.Unsupported, "1 extension slots" },
        { "a root that is a file", RootInode + 5, 0x81, DiskImageError.Corrupt, "the root is not a directory" },
        { "a compressed inode", RootInode, 1 | (1 << 1), DiskImageError.Unsupported, "an inode of format 3" },
        { "an inode in chunks", RootInode, 1 | (4 << 1), DiskImageError.Unsupported, "an inode of format 9" },
        { "a mode of no type", RootInode + 5, 0x31, DiskImageError.Corrupt, "an inode of mode" },
        { "a directory of 2^63 bytes", RootInode + 15, 0x80, DiskImageError.Corrupt, "an inode of" },
        { "a directory larger than the image", RootInode + 12, 1, DiskImageError.Corrupt, "past the image's end" },
        { "an empty directory", RootInode + 8, 0, DiskImageError.Corrupt, "" },
        { "blocks beyond the image's end", ErofsSuperblock.Offset + 38, 1, DiskImageError.Corrupt, "past the image's end" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_field_that_makes_no_sense_is_refused_by_name(string what, int offset, byte value, DiskImageError error, string message)
    {
        byte[] image = [.. valid];
        image[offset] = value;
        DiskImageException? refusal = Refusal(image, mendChecksum: true);
        Assert.True(refusal is not null, $"{what} was read");
        Assert.Equal(error, refusal.Error);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("offset", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Directories_that_contain_themselves_are_refused()
    {
        // The entry "a" of the root is made to lead to the root: entries follow the inode, "." and ".." first.
        byte[] image = [.. valid];
        int first = RootInode + ErofsInode.SizeInBytes;
        image.AsSpan(first, sizeof(ulong)).CopyTo(image.AsSpan(first + (2 * ErofsLayout.DirectoryEntryInBytes)));
        DiskImageException? refusal = Refusal(image, mendChecksum: true);
        Assert.Equal(DiskImageError.Corrupt, refusal!.Error);
        Assert.Contains("within itself", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_nothing_refers_to_are_shown_as_unknown()
    {
        byte[] image = [.. valid, .. new byte[4096]];
        image[100] = 1;
        image[^1] = 1;
        ImageDump dump = ImageDump.Read(new MemoryStream(image), TestContext.Current.CancellationToken);
        DumpRegion[] unknown = [.. dump.Regions.Where(region => region.Kind == RegionKind.Unknown)];
        Assert.Equal([0, dump.Length], [unknown[0].Offset, unknown[^1].End]);
        Assert.Equal(2, unknown.Length);
    }

    [Fact]
    public void A_hole_of_a_tebibyte_is_not_looked_through()
    {
        using var directory = new TemporaryDirectory();
        using FileStream image = File.Create(directory.File("image"));
        image.Write(valid);
        image.SetLength(1L << 40);
        DumpRegion last = ImageDump.Read(image, TestContext.Current.CancellationToken).Regions[^1];
        Assert.Equal((RegionKind.Unknown, 1L << 40), (last.Kind, last.End));
    }

    private static int MetadataEnd() => (int)new ErofsPlanner().Plan(Sample()).MetadataBytes;
}
