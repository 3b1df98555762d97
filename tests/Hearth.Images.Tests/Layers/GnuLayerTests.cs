using Hearth.DiskImages;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Local;
using Hearth.Distribution.Tests.Support;
using Hearth.FileTree;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Images.Pulling;
using Hearth.Images.Roots;
using Hearth.Images.Store;
using Hearth.Images.Tests.Support;

namespace Hearth.Images.Tests.Layers;

/// <summary>Layers by GNU's tar, with its own forms of sparse files and long names, are what that program unpacks, in every byte (umoci 0.4.7 cannot read all of them).</summary>
public sealed class GnuLayerTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-gnu-tests-").FullName;

    [Theory]
    [InlineData("--format=gnu --sparse")]
    [InlineData("--format=oldgnu --sparse")]
    [InlineData("--format=posix --sparse")]
    [InlineData("--format=posix --sparse --sparse-version=0.1")]
    [InlineData("--format=posix --sparse --sparse-version=0.0")]
    [InlineData("--format=gnu")]
    [InlineData("--format=v7 --exclude=n* --exclude=fifo --exclude=longlink")]
    [InlineData("--format=ustar --exclude=n* --exclude=longlink")]
    public async Task A_layer_by_gnu_tar_is_what_it_unpacks(string form)
    {
        // Directories come with their times, files with whole seconds: older formats have no more.
        Tool.Run(directory, "/bin/sh", "-ec", $"""
            mkdir -p tree/dir/sub; cd tree
            echo text >file; ln file hard; ln -s file dir/link; mkfifo fifo
            echo long >$(printf 'n%.0s' $(seq 120)); ln -s $(printf 't%.0s' $(seq 150)) dir/longlink
            truncate -s 3M sparse; echo data | dd of=sparse bs=1 seek=500000 conv=notrunc 2>/dev/null
            seq 100000 | dd of=sparse bs=64k seek=20 conv=notrunc 2>/dev/null; truncate -s 1M dir/hole
            for i in $(seq 30); do echo $i | dd of=dir/many bs=64k seek=$((i * 2)) conv=notrunc 2>/dev/null; done
            tar c --mtime=@1700000000 --sort=name {form} --file ../layer.tar .
            """);
        LayoutBuilder layout = new(Path.Combine(directory, "image"));
        layout.AddLayer(File.ReadAllBytes(Path.Combine(directory, "layer.tar")));
        layout.Finish("test");
        string root = Directory.CreateDirectory(Path.Combine(directory, "unpacked")).FullName;
        Tool.Run(root, "tar", "--same-owner", "-xpf", "../layer.tar");
        Tree unpacked = DirectoryWalker.Walk(root, new WalkOptions()).Tree;

        ImageStore store = new(Path.Combine(directory, "store"));
        await using IImageSource source = (await LocalImages.OpenAsync(ImageLocation.Parse($"oci:{directory}/image:test"), "", directory, TestContext.Current.CancellationToken)).Source;
        PulledImage pulled = await new ImagePull(store, source, _ => { }).RunAsync(ImageReference.Parse("a/b:1"), PlatformChoice.Host, TestContext.Current.CancellationToken);
        ImageRoot image = new(store, "a/b:1", store.ReadManifest(pulled.Manifest));
        WalkedTree tree = image.Walk(TestContext.Current.CancellationToken);
        using IContentSource content = image.Open(tree, []);

        Assert.Equal(
            TreeText.Describe(unpacked, hasTimes: true, node => File.ReadAllBytes(root + unpacked.TextPathOf(node))),
            TreeText.Describe(tree.Tree, hasTimes: true, node => Read(content, node, tree.Tree[node].Size)));
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    /// <summary>In pieces that begin and end within parts and holes.</summary>
    private static byte[] Read(IContentSource content, NodeId node, long size)
    {
        const int Piece = 70_001;
        byte[] bytes = new byte[size];
        for (int offset = 0; offset < bytes.Length; offset += Piece)
        {
            ValueTask read = content.ReadAsync(node, offset, bytes.AsMemory(offset, Math.Min(Piece, bytes.Length - offset)), CancellationToken.None);
            Assert.True(read.IsCompletedSuccessfully);
        }

        return bytes;
    }
}
