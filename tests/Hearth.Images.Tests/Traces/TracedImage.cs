using System.Text;
using Hearth.Distribution.References;
using Hearth.Distribution.Tests.Support;
using Hearth.FileTree;
using Hearth.Images.Traces;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Layers.Merging;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Tests.Traces;

/// <summary>The merged tree of some layers, whose files are <c>PATH CONTENT</c>.</summary>
internal sealed class TracedImage
{
    private readonly List<LayerIndex> layers = [];

    public TracedImage(params string[][] layers)
    {
        LayerMerge merge = new();
        foreach (string[] files in layers)
        {
            byte[] archive = LayoutBuilder.Archive([.. files.Select(file => file.Split(' ', 2)).Select(file => (
                new TarEntry { Type = TarEntryType.File, Name = Encoding.UTF8.GetBytes(file[0]), Mode = 0x1a4, UserId = 0, GroupId = 0, Modified = default }, file[1]))]);
            using SafeFileHandle scratch = File.OpenHandle(Path.GetTempFileName(), FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose);
            LayerIndex index = LayerScan.Run(
                new MemoryStream(archive), Digest.Of(archive), Digest.Of(archive), LayerCompression.None, new LayerContentWriter(scratch), new MemoryStream(), new ArchiveWarnings(), CancellationToken.None);
            merge.Add(this.layers.Count, index.ReadEntries());
            this.layers.Add(index);
            Archives.Add(archive);
        }

        Tree = merge.Build();
    }

    public WalkedTree Tree { get; }

    public List<byte[]> Archives { get; } = [];

    public ContentDigests Digests => new(Tree, layer => layers[layer]);

    public NodeId Find(string path) => Enumerable.Range(0, Tree.Tree.NodeCount).Select(index => new NodeId(index)).First(node => Tree.Tree.TextPathOf(node) == path);

    /// <summary>What the image has at a place.</summary>
    public string Read(TracePlace place) => Encoding.UTF8.GetString(Archives[place.Layer].AsSpan((int)place.Offset, (int)place.Length));
}
