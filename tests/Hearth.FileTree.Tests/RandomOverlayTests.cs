using System.Globalization;
using System.Text;
using CsCheck;
using Hearth.FileTree.Tests.Support;

namespace Hearth.FileTree.Tests;

/// <summary>Random trees over random trees, against a model that keeps every name in a dictionary of whole paths.</summary>
public sealed class RandomOverlayTests
{
    private static readonly Gen<WalkedTree> trees = TreeGenerator.Trees(new TreeTraits(WideTimes: false, Acls: true)).Select(Walked);

    private static readonly Gen<string> names = Gen.OneOf("a", "b", "c", "d", "ab", "..", "aa");

    private static readonly Gen<(WalkedTree Tree, int Pick, string[] Further)[]> layers =
        Gen.Select(trees, Gen.Int[0, 1000], names.Array[0, 3], (tree, pick, rest) => (tree, pick, rest)).Array[0, 4];

    [Fact]
    public void What_no_layer_covers_is_what_it_was() => trees.Sample(
        tree =>
        {
            Tree laid = TreeOverlay.Apply(tree, [new TreeLayer("/zzzzz-last", EmptyDirectory())]).Tree;
            Assert.Equal(tree.Tree.NodeCount + 1, laid.NodeCount);
            Assert.Equal([.. TreeText.PathsOf(tree).Append("zzzzz-last").Order(StringComparer.Ordinal)], TreeText.PathsOf(laid).Order(StringComparer.Ordinal));
        },
        iter: 200);

    [Fact]
    public void Overlays_are_what_a_simple_model_says() => Gen.Select(trees, layers).Sample(
        (tree, over) =>
        {
            var model = new Model(tree);
            var usable = new List<TreeLayer>();
            foreach ((WalkedTree source, int pick, string[] rest) in over)
            {
                string destination = DestinationIn(tree.Tree, pick, rest);
                if (model.TryLay(usable.Count + 1, source, destination))
                {
                    usable.Add(new TreeLayer(destination, source));
                }
                else
                {
                    Assert.Throws<FileTreeException>(() => TreeOverlay.Apply(tree, [.. usable, new TreeLayer(destination, source)]));
                }
            }

            Assert.Equal(model.ToText(), TextOf(TreeOverlay.Apply(tree, usable)));
        },
        iter: 500);

    private static string DestinationIn(Tree tree, int pick, string[] rest)
    {
        // Names of any bytes cannot all be told in a destination's text: one that cannot is left out.
        string start = Encoding.UTF8.GetString(tree.PathOf(new NodeId(pick % tree.NodeCount)));
        return string.Join('/', [start.Contains('\uFFFD', StringComparison.Ordinal) ? "" : start, .. rest]);
    }

    /// <summary>As if each node had been walked from a file of its own.</summary>
    private static WalkedTree Walked(Tree tree) => new(tree, Enumerable.Range(0, tree.NodeCount).Select(i => new SourceIdentity(7, (ulong)i + 1)).ToArray());

    private static WalkedTree EmptyDirectory()
    {
        var builder = new TreeBuilder();
        builder.AddNode(new Node { Mode = 0x41ED });
        return Walked(builder.Build());
    }

    private static string TextOf(WalkedTree walked)
    {
        Tree tree = walked.Tree;
        var lines = new List<string>();
        void Tell(NodeId directory, string path)
        {
            foreach (DirectoryEntry entry in tree.EntriesOf(directory).ToArray())
            {
                string own = $"{path}/{Encoding.Latin1.GetString(tree.NameOf(entry))}";
                Node node = tree[entry.Node];
                lines.Add(Line(own, node, node.Origin, walked, entry.Node));
                Tell(entry.Node, own);
            }
        }

        Tell(Tree.Root, "");
        lines.Sort(StringComparer.Ordinal);
        return string.Join('\n', lines);
    }

    private static string Line(string path, Node node, int origin, WalkedTree? walked, NodeId id) => string.Create(CultureInfo.InvariantCulture,
        $"{path} {origin} {node.Mode:x} {node.Uid} {node.Size} {walked?.IdentityOf(id) ?? default} {node.DeviceNumber} '{(walked is null ? "" : Encoding.Latin1.GetString(walked.Tree.LinkTargetOf(id)))}' {(walked is null ? "" : Xattrs(walked.Tree, id))}");

    private static string Xattrs(Tree tree, NodeId id) => string.Join(',', tree.XattrsOf(id).ToArray().Select(
        xattr => $"{Encoding.Latin1.GetString(xattr.Name.Span)}={Convert.ToHexString(xattr.Value.Span)}"));

    /// <summary>Every name by its whole path, in Latin-1; a destination is resolved by looking up prefix after prefix.</summary>
    private sealed class Model
    {
        private readonly Dictionary<string, (int Origin, WalkedTree? Walked, NodeId Node)> paths = [];

        public Model(WalkedTree tree) => Copy(0, tree, Tree.Root, "");

        public bool TryLay(int origin, WalkedTree source, string destination)
        {
            var left = new LinkedList<string>(Split(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(destination))));
            string at = "";
            int links = 0;
            while (left.First is { } first)
            {
                left.RemoveFirst();
                if (paths.TryGetValue(at, out (int, WalkedTree? Walked, NodeId Node) parent) && parent.Walked is { } tree && tree.Tree[parent.Node].Type != NodeType.Directory)
                {
                    return false;
                }

                if (first.Value == "..")
                {
                    at = at.Length == 0 ? "" : at[..at.LastIndexOf('/')];
                    continue;
                }

                string next = $"{at}/{first.Value}";
                if (paths.TryGetValue(next, out (int, WalkedTree? Walked, NodeId Node) found) && found.Walked is { } of && of.Tree[found.Node].Type == NodeType.SymbolicLink)
                {
                    string target = Encoding.Latin1.GetString(of.Tree.LinkTargetOf(found.Node));
                    if (++links > 40)
                    {
                        return false;
                    }

                    at = target.StartsWith('/') ? "" : at;
                    foreach (string name in Split(target).Reverse())
                    {
                        left.AddFirst(name);
                    }

                    continue;
                }

                if (first.Value.Length > 255)
                {
                    return false;
                }

                at = next;
            }

            bool isTaken = paths.TryGetValue(at, out (int, WalkedTree? Walked, NodeId Node) last);
            if (at.Length == 0 || (isTaken && last.Walked is { } laidOver && laidOver.Tree[last.Node].Type != NodeType.Directory))
            {
                return false;
            }

            foreach (string hidden in paths.Keys.Where(path => path.StartsWith(at + "/", StringComparison.Ordinal)).ToArray())
            {
                paths.Remove(hidden);
            }

            for (int slash = at.IndexOf('/', 1); slash > 0; slash = at.IndexOf('/', slash + 1))
            {
                paths.TryAdd(at[..slash], (0, null, default));
            }

            Copy(origin, source, Tree.Root, at);
            return true;
        }

        public string ToText() => string.Join('\n', paths.Where(pair => pair.Key.Length > 0)
            .Select(pair => pair.Value.Walked is { } tree
                ? Line(pair.Key, tree.Tree[pair.Value.Node], pair.Value.Origin, tree, pair.Value.Node)
                : Line(pair.Key, new Node { Mode = 0x41ED }, 0, null, default))
            .Order(StringComparer.Ordinal));

        private static IEnumerable<string> Split(string path) => path.Split('/').Where(name => name.Length > 0 && name != ".");

        private void Copy(int origin, WalkedTree tree, NodeId node, string path)
        {
            paths[path] = (origin, tree, node);
            foreach (DirectoryEntry entry in tree.Tree.EntriesOf(node).ToArray())
            {
                Copy(origin, tree, entry.Node, $"{path}/{Encoding.Latin1.GetString(tree.Tree.NameOf(entry))}");
            }
        }
    }
}
