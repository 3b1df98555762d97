using System.Text;
using Hearth.DiskImages.SquashFs;
using Hearth.DiskImages.Tests.Support;

namespace Hearth.DiskImages.Tests.SquashFs;

public sealed class SquashFsReaderTests
{
    private static readonly string[] uncompressed = ["-noI", "-noId", "-noD", "-noF", "-noX"];

    /// <summary>With fragments, an export table, directories with an index and attributes: all that our planner does not write as well.</summary>
    [Fact]
    public void An_image_by_mksquashfs_without_compression_is_read_and_every_byte_accounted_for()
    {
        using var directory = new TemporaryDirectory();
        string source = MakeSource(directory);
        Command.Run("setfattr", ["-n", "user.colour", "-v", "green", Path.Combine(source, "five")]);
        Pack(directory, source, uncompressed);
        using FileStream image = File.OpenRead(directory.File("image"));

        ImageDump dump = ImageDump.Read(image, TestContext.Current.CancellationToken);

        Assert.Equal(304, dump.Nodes.Count);
        Assert.Equal(303, dump.Names.Count);
        Assert.Contains("many/file-with-a-longer-name-0299", Enumerable.Range(0, 304).Select(i => Encoding.UTF8.GetString(dump.PathOf(i))));
        Assert.Equal("user.colour", Encoding.UTF8.GetString(Assert.Single(dump.Nodes.SelectMany(node => node.Xattrs)).Name.Span));
        DumpedTree.AssertAccountedFor(dump);
    }

    public static TheoryData<string> Compressions => ["gzip", "zstd", "lz4"];

    [Theory]
    [MemberData(nameof(Compressions))]
    public void A_compressed_image_tells_the_same_as_one_that_is_not(string compression)
    {
        using var directory = new TemporaryDirectory();
        string source = MakeSource(directory);
        ImageDump plain = Dump(Pack(directory, source, uncompressed));
        ImageDump dump = Dump(Pack(directory, source, ["-comp", compression]));

        Assert.Equal(plain.Nodes.Select(Describe), dump.Nodes.Select(Describe));
        Assert.Equal(plain.Names.Select(name => Convert.ToHexString(name.Name.Span)), dump.Names.Select(name => Convert.ToHexString(name.Name.Span)));
        DumpedTree.AssertAccountedFor(dump);
    }

    /// <summary>Options of the compressor stand behind the superblock, as a block of their own.</summary>
    [Fact]
    public void An_image_with_options_of_its_compressor_is_read()
    {
        using var directory = new TemporaryDirectory();
        ImageDump dump = Dump(Pack(directory, MakeSource(directory), ["-comp", "gzip", "-Xcompression-level", "3"]));
        Assert.True(dump.Regions[0].Length > SquashFsSuperblock.SizeInBytes, "the options belong to the superblock");
        DumpedTree.AssertAccountedFor(dump);
    }

    [Fact]
    public void Files_that_share_their_data_are_read()
    {
        using var directory = new TemporaryDirectory();
        string source = MakeSource(directory);
        File.Copy(Path.Combine(source, "many", "file-with-a-longer-name-0299"), Path.Combine(source, "a-copy"));
        ImageDump dump = Dump(Pack(directory, source, [.. uncompressed, "-no-fragments"]));
        Assert.Equal(305, dump.Nodes.Count);
        DumpedTree.AssertAccountedFor(dump);
    }

    [Fact]
    public void An_attribute_whose_value_stands_elsewhere_is_read()
    {
        using var directory = new TemporaryDirectory();
        string source = MakeSource(directory);
        string value = new('v', 200);
        foreach ((string file, string own) in new[] { ("five", "a"), ("many/file-with-a-longer-name-0001", "b"), ("many/file-with-a-longer-name-0002", "c") })
        {
            Command.Run("setfattr", ["-n", "user.shared", "-v", value, Path.Combine(source, file)]);
            Command.Run("setfattr", ["-n", "user.own", "-v", own, Path.Combine(source, file)]);
        }

        ImageDump dump = Dump(Pack(directory, source, uncompressed));
        string[] values = [.. dump.Nodes.SelectMany(node => node.Xattrs).Select(xattr => Encoding.UTF8.GetString(xattr.Value.Span)).Order(StringComparer.Ordinal)];
        Assert.Equal(["a", "b", "c", value, value, value], values);
        DumpedTree.AssertAccountedFor(dump);
    }

    [Fact]
    public void A_compression_that_cannot_be_read_is_told_by_its_name()
    {
        using var directory = new TemporaryDirectory();
        DiskImageException refusal = Assert.Throws<DiskImageException>(() => Dump(Pack(directory, MakeSource(directory), ["-comp", "xz"])));
        Assert.Equal(DiskImageError.Unsupported, refusal.Error);
        Assert.Contains("xz", refusal.Message, StringComparison.Ordinal);
    }

    private static string Describe(DumpNode node) =>
        $"{node.Number} {node.Mode:x} {node.Uid}:{node.Gid} {node.LinkCount} {node.Size} {node.ModifiedSeconds} {Convert.ToHexString(node.LinkTarget.Span)}";

    private static ImageDump Dump(string path)
    {
        using FileStream image = File.OpenRead(path);
        return ImageDump.Read(image, TestContext.Current.CancellationToken);
    }

    /// <param name="directory">Where to make it.</param>
    /// <param name="step">How many bytes each of the 300 files is larger than the one before.</param>
    internal static string MakeSource(TemporaryDirectory directory, int step = 100)
    {
        Command.SkipUnlessInstalled("mksquashfs", "squashfs-tools");
        DirectoryInfo source = Directory.CreateDirectory(directory.File("source"));
        File.WriteAllBytes(Path.Combine(source.FullName, "five"), [1, 2, 3, 4, 5]);
        File.CreateSymbolicLink(Path.Combine(source.FullName, "link"), "five");
        Directory.CreateDirectory(Path.Combine(source.FullName, "many"));
        for (int i = 0; i < 300; i++)
        {
            byte[] content = new byte[i * step];
            new Random(i).NextBytes(content);
            File.WriteAllBytes(Path.Combine(source.FullName, "many", $"file-with-a-longer-name-{i:d4}"), content);
        }

        return source.FullName;
    }

    internal static string Pack(TemporaryDirectory directory, string source, string[] options)
    {
        string image = directory.File("image");
        Command.Run("mksquashfs", [source, image, "-b", "4096", .. options, "-noappend", "-no-progress", "-quiet"]);
        return image;
    }
}
