using System.IO.Compression;
using System.Text;
using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.Distribution.Tests.Support;
using Hearth.FileTree;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Images.Tests.Support;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Layers.Merging;
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
        { "hard links", [["d a", "f a/x 644 shared", "h a/y a/x", "h z a/y"], ["h low a/x", "d b", "h b/again low"], ["f a/x 644 replaced"]] },
        { "hard link to a symbolic link", [["f t 644 t", "l s t", "h hs s"]] },
        { "parents through symbolic links", [["d usr", "d usr/lib", "l lib usr/lib", "l abs /usr"], ["f lib/new 644 n", "f abs/too 644 t", "d lib/dir", "f lib/dir/deep 600 d"]] },
        { "names of every form", [["d ./", "f ./dot 644 d", "f /absolute 644 a", "f x/../outside 644 o", "f ../../above 644 u", "d slash/"], ["d .//slash//deep/"]] },
        { "duplicates", [["f a 644 first", "f a 600 second", "d b", "d b 700", "l c a", "l c b"]] },
        { "extended attributes", [["x a user.colour=blue", "x b user.a=b=c", "x c user.empty="], ["x a user.size=1"]] },
        { "long names", [[$"f {new string('n', 200)} 644 x", $"d {new string('d', 120)}", $"f {new string('d', 120)}/{new string('e', 120)} 644 y", $"l s {new string('t', 300)}"]] },
        { "times", [["t fraction 1700000000 123456789", "t old -5 500000000", "t zero 0 0", "t far 8589934592 1"]] },
        { "hard link whose target is hidden", [["d a", "f a/x 644 x", "f a/y 644 y"], ["d a", "h b a/x", "w a/x", "h a/c a/y"]] },
        { "hard link under an opaque directory", [["d a", "f a/x 644 x"], ["h b a/x", "d a", "h a/c a/x", "o a"]] },
        { "directory attributes", [["d a 755", "f a/x 644 x"], ["d a 2711"], ["f a/y 644 y"]] },
    };

    /// <summary>All but those where podman 4.3 differs from umoci and the specification, which leave it open or agree with us.</summary>
    public static TheoryData<string, string[][]> PodmansImages =>
    [
        .. Images.Where(image => image.Data.Item1 is not (
            "whiteout of nothing" // It makes the directory of a whiteout that hides nothing.
            or "whiteout and new, both orders" // A whiteout also hides what its own layer has placed before it.
            or "names of every form" or "duplicates" // It refuses two entries of one name.
            or "times")), // Times before 1970 become 0.
    ];

    [Theory]
    [MemberData(nameof(Images))]
    public void A_merged_image_is_what_umoci_unpacks(string name, string[][] layers)
    {
        (WalkedTree merged, byte[][] archives) = Merge(layers);
        Tool.Run(directory, "umoci", "unpack", "--image", "image:test", "bundle");

        // umoci's own removals change the times of directories.
        AssertSame(Path.Combine(directory, "bundle/rootfs"), merged, archives, hasTimes: name is not ("opaque after" or "hard link under an opaque directory"));
    }

    /// <summary>Podman unpacks each layer over a copy of those below it.</summary>
    [Theory]
    [MemberData(nameof(PodmansImages))]
    public void A_merged_image_is_what_podman_mounts(string name, string[][] layers)
    {
        (WalkedTree merged, byte[][] archives) = Merge(layers);
        string[] store = ["--root", Path.Combine(directory, "storage"), "--runroot", Path.Combine(directory, "run"), "--storage-driver", "vfs"];
        Tool.Run(directory, "podman", [.. store, "pull", "-q", "oci:image:test"]);
        string image = Tool.Run(directory, "podman", [.. store, "images", "-q"]).Trim();
        string mounted = Tool.Run(directory, "podman", [.. store, "image", "mount", image]).Trim();

        AssertSame(mounted, merged, archives, hasTimes: name.Length == 0);
        Tool.Run(directory, "podman", [.. store, "image", "umount", "--all"]);
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

    private (WalkedTree Merged, byte[][] Archives) Merge(string[][] layers)
    {
        // All entries have times, so that no directory keeps the time of its unpacking.
        byte[][] archives = [.. layers.Select(layer => LayoutBuilder.Archive(layer.Prepend("d ./").Select(ParseEntry)))];
        LayoutBuilder layout = new(Path.Combine(directory, "image"));
        LayerMerge merge = new();
        for (int i = 0; i < archives.Length; i++)
        {
            layout.AddLayer(archives[i]);
            merge.Add(i, Scan(archives[i]).ReadEntries().ToArray());
        }

        layout.Finish("test");
        return (merge.Build(), archives);
    }

    private static void AssertSame(string root, WalkedTree merged, byte[][] archives, bool hasTimes)
    {
        Tree unpacked = DirectoryWalker.Walk(root, new WalkOptions()).Tree;
        string expected = TreeText.Describe(unpacked, hasTimes, node => File.ReadAllBytes(root + unpacked.TextPathOf(node)));
        string actual = TreeText.Describe(merged.Tree, hasTimes, node =>
        {
            SourceIdentity place = merged.IdentityOf(node);
            return archives[SparsePlaces.LayerOf(place)].AsSpan((int)place.Position, (int)merged.Tree[node].Size).ToArray();
        });
        Assert.Equal(expected, actual);
    }

    private static LayerIndex Scan(byte[] archive)
    {
        byte[] layer = LayoutBuilder.Gzip(archive);
        using SafeFileHandle file = File.OpenHandle(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, options: FileOptions.DeleteOnClose);
        LayerIndex index = LayerScan.Run(
            new MemoryStream(layer), Digest.Of(layer), Digest.Of(archive), LayerCompression.Gzip, new LayerContentWriter(file), new MemoryStream(), new ArchiveWarnings(), TestContext.Current.CancellationToken);
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

            // A link has its file's, which podman sets anew.
            Modified = new FileTime(1_600_000_000 + (words[0] == "h" ? words[2] : words[1]).Length, 0),
        };
        string[] device = words.Length > 3 ? words[3].Split(' ') : [];
        string[] name = words[1].Split('/');
        return words[0] switch
        {
            "f" => (entry, words[3]),
            "d" => (entry with { Type = TarEntryType.Directory }, ""),
            "l" => (entry with { Type = TarEntryType.SymbolicLink, LinkName = Encoding.UTF8.GetBytes(words[2]), Mode = 0x1ff }, ""),
            "h" => (entry with { Type = TarEntryType.HardLink, LinkName = Encoding.UTF8.GetBytes(words[2]), Mode = 0x1a4 }, ""),
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
}
