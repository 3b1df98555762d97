using System.Text;
using Hearth.DiskImages.Tests.Support;

namespace Hearth.DiskImages.Tests.Erofs;

public sealed class ErofsReaderTests
{
    [Fact]
    public void An_image_by_mkfs_is_read_and_every_byte_accounted_for()
    {
        Command.SkipUnlessInstalled("mkfs.erofs", "erofs-utils");
        using var directory = new TemporaryDirectory();
        DirectoryInfo source = Directory.CreateDirectory(directory.File("source"));
        File.WriteAllBytes(Path.Combine(source.FullName, "five"), [1, 2, 3, 4, 5]);
        File.CreateSymbolicLink(Path.Combine(source.FullName, "link"), "five");
        Directory.CreateDirectory(Path.Combine(source.FullName, "many"));
        for (int i = 0; i < 300; i++)
        {
            File.WriteAllBytes(Path.Combine(source.FullName, "many", $"file-with-a-longer-name-{i:d4}"), new byte[i * 40]);
        }

        Command.Run("mkfs.erofs", [directory.File("image"), source.FullName]);
        using FileStream image = File.OpenRead(directory.File("image"));
        ImageDump dump = ImageDump.Read(image);

        Assert.Equal(304, dump.Nodes.Count);
        Assert.Equal(303, dump.Names.Count);
        Assert.Contains("many/file-with-a-longer-name-0299", Enumerable.Range(0, 304).Select(i => Encoding.UTF8.GetString(dump.PathOf(i))));
        AssertRegionsCover(dump);
        Assert.DoesNotContain(dump.Regions, region => region.Kind == RegionKind.Unknown);
    }

    private static void AssertRegionsCover(ImageDump dump)
    {
        long end = 0;
        foreach (DumpRegion region in dump.Regions)
        {
            Assert.Equal(end, region.Offset);
            end = region.End;
        }

        Assert.Equal(dump.Length, end);
    }
}
