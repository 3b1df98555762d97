using System.Text;
using Hearth.FileTree;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>Real files in a directory of their own, and the tree that describes them as they are when it is asked for.</summary>
public sealed class SourceDirectory : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly List<string> paths = [];

    public string Root => directory.Path;

    /// <summary>Adds a file; files keep the order in which they are added as node ids, from 1 on, if their names are sorted.</summary>
    public SourceDirectory Add(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllBytes(PathOf(path), bytes);

        // Kernels before 6.13 tell times only every few milliseconds: a change right after this would have the same one.
        File.SetLastWriteTimeUtc(PathOf(path), DateTime.UnixEpoch.AddYears(50).AddTicks(1_234_567));
        return AddExisting(path);
    }

    public SourceDirectory AddExisting(string path)
    {
        paths.Add(path);
        return this;
    }

    public string PathOf(string path) => Path.Combine(Root, path);

    public WalkedTree Describe()
    {
        var builder = new TreeBuilder();
        var directories = new Dictionary<string, int> { [""] = builder.AddNode(new Node { Mode = 0x41ED }) };
        using SafeFileHandle root = ContentFiles.OpenDirectory(Root);
        foreach (string path in paths)
        {
            int slash = path.LastIndexOf('/');
            int parent = Parent(builder, directories, slash < 0 ? "" : path[..slash]);
            builder.AddEntry(parent, Encoding.UTF8.GetBytes(path[(slash + 1)..]), builder.AddNode(NodeOf(root, path, out _)));
        }

        Tree tree = builder.Build();
        var identities = new SourceIdentity[tree.NodeCount];
        foreach (string path in paths)
        {
            NodeOf(root, path, out identities[Find(tree, path).Index]);
        }

        return new WalkedTree(tree, identities);
    }

    public static NodeId Find(WalkedTree walked, string path) => Find(walked.Tree, path);

    public static NodeId Find(Tree tree, string path) =>
        Enumerable.Range(0, tree.NodeCount).Select(i => new NodeId(i)).Single(node => Encoding.UTF8.GetString(tree.PathOf(node)) == path);

    public void Dispose() => directory.Dispose();

    private static int Parent(TreeBuilder builder, Dictionary<string, int> directories, string path)
    {
        if (directories.TryGetValue(path, out int known))
        {
            return known;
        }

        int slash = path.LastIndexOf('/');
        int node = builder.AddNode(new Node { Mode = 0x41ED });
        builder.AddEntry(Parent(builder, directories, slash < 0 ? "" : path[..slash]), Encoding.UTF8.GetBytes(path[(slash + 1)..]), node);
        directories.Add(path, node);
        return node;
    }

    private static Node NodeOf(SafeFileHandle root, string path, out SourceIdentity host)
    {
        Assert.Equal(Errno.None, ContentFiles.TryOpenBeneath(root, Encoding.UTF8.GetBytes(path), mayCrossMounts: true, out SafeFileHandle file));
        using (file)
        {
            Assert.Equal(Errno.None, ContentFiles.TryIdentify(file, out FileIdentity identity));
            host = SourceIdentity.OfFile(identity.Device, identity.Inode);
            return new Node
            {
                Mode = identity.Mode,
                Size = identity.Size,
                ModifiedSeconds = identity.ModifiedSeconds,
                ModifiedNanoseconds = identity.ModifiedNanoseconds,
            };
        }
    }
}
