using System.Text;
using Hearth.DiskImages.Tests.Support;

namespace Hearth.DiskImages.Tests.SquashFs;

public sealed class SquashFsReaderTests
{
    private static readonly string[] uncompressed = ["-noI", "-noId", "-noD", "-noF", "-noX", "-noappend", "-no-progress", "-quiet"];

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

    [Fact]
    public void A_compressed_image_is_refused_and_told_to_be_one()
    {
        using var directory = new TemporaryDirectory();
        Pack(directory, MakeSource(directory), ["-comp", "gzip", "-noappend", "-no-progress", "-quiet"]);
        using FileStream image = File.OpenRead(directory.File("image"));

        DiskImageException refusal = Assert.Throws<DiskImageException>(() => ImageDump.Read(image, TestContext.Current.CancellationToken));

        Assert.Equal(DiskImageError.Unsupported, refusal.Error);
        Assert.Contains("compressed", refusal.Message, StringComparison.Ordinal);
    }

    private static string MakeSource(TemporaryDirectory directory)
    {
        Command.SkipUnlessInstalled("mksquashfs", "squashfs-tools");
        DirectoryInfo source = Directory.CreateDirectory(directory.File("source"));
        File.WriteAllBytes(Path.Combine(source.FullName, "five"), [1, 2, 3, 4, 5]);
        File.CreateSymbolicLink(Path.Combine(source.FullName, "link"), "five");
        Directory.CreateDirectory(Path.Combine(source.FullName, "many"));
        for (int i = 0; i < 300; i++)
        {
            byte[] content = new byte[i * 1000];
            new Random(i).NextBytes(content);
            File.WriteAllBytes(Path.Combine(source.FullName, "many", $"file-with-a-longer-name-{i:d4}"), content);
        }

        return source.FullName;
    }

    private static void Pack(TemporaryDirectory directory, string source, string[] options) =>
        Command.Run("mksquashfs", [source, directory.File("image"), .. options]);
}
