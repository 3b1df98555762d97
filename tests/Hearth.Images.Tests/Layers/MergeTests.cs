using System.IO.Compression;
using System.Text;
using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.Distribution.Tests.Support;
using Hearth.FileTree;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Images.Layers;
using Hearth.Images.Layers.Index;
using Hearth.Images.Layers.Merging;
using Hearth.Linux.Files;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Tests.Layers;

/// <summary>Merged layers are what umoci unpacks, in every attribute.</summary>
public sealed class MergeTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-merge-tests-").FullName;

    public static TheoryData<string, string[][]> Images => new()
    {
        { "one layer", [["d a 755", "f a/one 644 first", "l a/link ../b", "f b 4755 set-id", "p pipe 600", "c null 666 1 3", "b disk 640 8 1"]] },
        { "replaced and removed", [["d a", "f a/one 644 first", "f a/two 644 x", "d a/sub", "f a/sub/deep 600 y"], ["f a/one 600 second, longer", "w a/two"], ["w a/sub", "f new 644 n"]] },
        { "whiteout of nothing", [["d a", "f a/x 644 x"], ["w a/never", "w b/never", "w never"]] },
        { "opaque before", [["d a", "f a/x 644 x", "d a/s", "f a/s/y 644 y"], ["d a", "o a", "f a/z 644 z"]] },
        { "opaque after", [["d a", "f a/x 644 x", "d a/s", "f a/s/y 644 y"], ["d a", "f a/z 644 z", "d a/s", "f a/s/new 644 n", "o a"]] },
        { "whiteout and new, both orders", [["d a", "f a/x 644 lower", "f a/y 644 lower"], ["d a", "w a/x", "f a/x 644 upper", "f a/y 644 upper", "w a/y"]] },
        { "type changes", [["d a", "f a/x 644 x", "f b 644 file", "l c a"], ["f a 644 now a file", "d b", "f b/in 644 x", "d c", "f c/own 644 own"], ["d a 700", "f a/again 644 x", "l b /c"]] },
        { "hard links", [["d a", "f a/x 644 shared", "h a/y a/x", "h z a/y"], ["h lower a/x", "d b", "h b/again lower"], ["f a/x 644 replaced"]] },
        { "hard link to a symbolic link", [["f t 644 t", "l s t", "h hs s"]] },
        { "parents through symbolic links", [["d usr", "d usr/lib", "l lib usr/lib", "l abs /usr"], ["f lib/new 644 n", "f abs/too 644 t", "d lib/dir", "f lib/dir/deep 600 d"]] },
        { "names of every form", [["d ./", "f ./dot 644 d", "f /absolute 644 a", "f x/../outside 644 o", "f ../../above 644 u", "d slash/"], ["d .//slash//deep/"]] },
        { "duplicates", [["f a 644 first", "f a 600 second", "d b", "d b 700", "l c a", "l c b"]] },
        { "extended attributes", [["x a user.colour=blue", "x b user.a=b=c", "x c user.empty="], ["x a user.size=1"]] },
        { "long names", [[$"f {new string('n', 200)} 644 x", $"d {new string('d', 120)}", $"f {new string('d', 120)}/{new string('e', 120)} 644 y", $"l s {new string('t', 300)}"]] },
        { "times", [["t fraction 1700000000 123456789", "t old -5 500000000", "t zero 0 0", "t far 8589934592 1"]] },
        { "directory attributes", [["d a 755", "f a/x 644 x"], ["d a 2711"], ["f a/y 644 y"]] },
    };

    [Theory]
    [MemberData(nameof(Images))]
    public void A_merged_image_is_what_umoci_unpacks(string name, string[][] layers)
    {
        LayoutBuilder layout = new(Path.Combine(directory, "image"));
        LayerMerge merge = new();
        for (int i = 0; i < layers.Length; i++)
        {
            // All entries have times, so that no directory keeps the time of its unpacking.
            byte[] archive = LayoutBuilder.Archive(layers[i].Prepend("d ./").Select(ParseEntry));
            layout.AddLayer(archive);
            merge.Add(i, Scan(archive).ReadEntries().ToArray());
        }

        layout.Finish("test");
        Tool.Run(directory, "umoci", "unpack", "--image", "image:test", "bundle");
        string rootfs = Path.Combine(directory, "bundle/rootfs");

        // umoci's own removals change the times of directories.
        bool hasTimes = name != "opaque after";
        Assert.Equal(Describe(DirectoryWalker.Walk(rootfs, new WalkOptions()).Tree, hasTimes), Describe(merge.Build().Tree, hasTimes));
    }

    /// <summary>umoci 0.4.7 ends such a layer right after the file's bytes.</summary>
    [Fact]
    public void A_layer_by_umoci_insert_ends_with_its_data()
    {
        File.WriteAllText(Path.Combine(directory, "text"), "inserted");
        Tool.Run(directory, "umoci", "init", "--layout", "image");
        Tool.Run(directory, "umoci", "new", "--image", "image:test");
        Tool.Run(directory, "umoci", "insert", "--image", "image:test", "text", "/text");
        string layer = Directory.GetFiles(Path.Combine(directory, "image/blobs/sha256")).Single(file => File.ReadAllBytes(file) is [0x1f, 0x8b, ..]);
        using GZipStream content = new(File.OpenRead(layer), CompressionMode.Decompress);
        MemoryStream archive = new();
        content.CopyTo(archive);
        Assert.NotEqual(0, archive.Length % 512);

        TarEntry entry = Assert.Single(Scan(archive.ToArray()).ReadEntries());

        Assert.Equal(("text", 8L), (entry.ShownName.TrimStart('/'), entry.SizeInBytes));
    }

    [Theory]
    [InlineData("h a missing", "does not exist")]
    [InlineData("d b|h a b", "is a directory")]
    [InlineData("f b 644 x|f b/c 644 y", "not a directory")]
    [InlineData("l a b|l b a|f a/c 644 y", "circle")]
    public void An_entry_that_has_no_place_is_refused(string entries, string cause)
    {
        byte[] archive = LayoutBuilder.Archive(entries.Split('|').Select(ParseEntry));
        ImageException refused = Assert.Throws<ImageException>(() => new LayerMerge().Add(0, Scan(archive).ReadEntries()));
        Assert.Equal(ImageError.Malformed, refused.Error);
        Assert.Contains(cause, refused.Message);
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private static LayerIndex Scan(byte[] archive)
    {
        byte[] layer = LayoutBuilder.Gzip(archive);
        using SafeFileHandle file = File.OpenHandle(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, options: FileOptions.DeleteOnClose);
        LayerIndex index = LayerScan.Run(
            new MemoryStream(layer), Digest.Of(layer), LayerCompression.Gzip, new LayerContentWriter(file), new ArchiveWarnings(), TestContext.Current.CancellationToken);
        byte[] written = new byte[archive.Length];
        Assert.Equal(archive.Length, RandomAccess.Read(file, written, 0));
        Assert.Equal(archive, written);
        return LayerIndexFile.Read(LayerIndexFile.Write(index));
    }

    private static (TarEntry Entry, string Data) ParseEntry(string text)
    {
        string[] words = text.Split(' ', 4);
        TarEntry entry = new()
        {
            Type = TarEntryType.File,
            Name = Encoding.UTF8.GetBytes(words[1]),
            Mode = words.Length > 2 && words[0] is "f" or "d" or "p" or "c" or "b" && words.Length > 2 ? Convert.ToUInt32(words[2], 8) : 0x1ed,
            UserId = 1000,
            GroupId = 100,
            Modified = new FileTime(1_600_000_000 + words[1].Length, 0),
        };
        string[] device = words.Length > 3 ? words[3].Split(' ') : [];
        string[] name = words[1].Split('/');
        return words[0] switch
        {
            "f" => (entry, words[3]),
            "d" => (entry with { Type = TarEntryType.Directory }, ""),
            "l" => (entry with { Type = TarEntryType.SymbolicLink, LinkName = Encoding.UTF8.GetBytes(words[2]), Mode = 0x1ff }, ""),
            "h" => (entry with { Type = TarEntryType.HardLink, LinkName = Encoding.UTF8.GetBytes(words[2]) }, ""),
            "p" => (entry with { Type = TarEntryType.Fifo }, ""),
            "c" => (entry with { Type = TarEntryType.CharacterDevice, DeviceMajor = uint.Parse(device[0]), DeviceMinor = uint.Parse(device[1]) }, ""),
            "b" => (entry with { Type = TarEntryType.BlockDevice, DeviceMajor = uint.Parse(device[0]), DeviceMinor = uint.Parse(device[1]) }, ""),
            "w" => (entry with { Name = Encoding.UTF8.GetBytes(string.Join('/', [.. name[..^1], ".wh." + name[^1]])) }, ""),
            "o" => (entry with { Name = Encoding.UTF8.GetBytes(words[1] + "/.wh..wh..opq") }, ""),
            "x" => (entry with { Attributes = [KeyValuePair.Create(words[2].Split('=', 2)[0], Encoding.UTF8.GetBytes(words[2].Split('=', 2)[1]))] }, "x"),
            "t" => (entry with { Modified = new FileTime(long.Parse(words[2]), uint.Parse(words[3])) }, "t"),
            _ => throw new ArgumentException(text),
        };
    }

    /// <summary>One line for each name: every attribute that a file system keeps.</summary>
    private static string Describe(Tree tree, bool hasTimes)
    {
        List<string> lines = [DescribeNode(tree, Tree.Root, "/", hasTimes)];
        for (int i = 0; i < tree.NodeCount; i++)
        {
            foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(new NodeId(i)))
            {
                string path = $"{tree.TextPathOf(new NodeId(i)).TrimEnd('/')}/{Encoding.UTF8.GetString(tree.NameOf(entry))}";
                lines.Add(DescribeNode(tree, entry.Node, path, hasTimes));
            }
        }

        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static string DescribeNode(Tree tree, NodeId id, string path, bool hasTimes)
    {
        ref readonly Node node = ref tree[id];
        StringBuilder attributes = new();
        foreach (Xattr xattr in tree.XattrsOf(id))
        {
            attributes.Append($" {Encoding.UTF8.GetString(xattr.Name.Span)}={Convert.ToHexString(xattr.Value.Span)}");
        }

        string time = hasTimes || node.Type != NodeType.Directory ? $"{node.ModifiedSeconds}.{node.ModifiedNanoseconds:d9}" : "";
        string size = node.Type == NodeType.Directory ? "" : $" size {node.Size}";
        return $"{path} {node.Type} {Convert.ToString(node.Permissions, 8)} {node.Uid}:{node.Gid} links {node.LinkCount}{size} device {node.DeviceNumber:x} "
            + $"time {time} first {tree.TextPathOf(id)} to {Encoding.UTF8.GetString(tree.LinkTargetOf(id))}{attributes}";
    }
}
