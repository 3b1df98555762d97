using Hearth.Distribution;
using Hearth.FileTree;
using Hearth.Linux.Text;
using Hearth.Tar;

namespace Hearth.Layers.Merging;

/// <summary>Finds nodes by their paths, as a process with the tree as its root does.</summary>
internal sealed class MergedPaths(MergedNode root, Func<int> layer)
{
    /// <summary>As in the kernel (MAXSYMLINKS).</summary>
    private const int MostLinks = 40;

    private const ushort UsualDirectory = 0x41ed;

    /// <summary>Splits a name of an archive. <c>..</c> removes the component before it, and nothing at the root.</summary>
    public static string[] Split(ReadOnlySpan<byte> name)
    {
        List<string> names = [];
        foreach (Range range in name.Split((byte)'/'))
        {
            ReadOnlySpan<byte> component = name[range];
            if (component.SequenceEqual(".."u8))
            {
                names.RemoveRange(Math.Max(0, names.Count - 1), Math.Min(1, names.Count));
            }
            else if (!component.IsEmpty && !component.SequenceEqual("."u8))
            {
                names.Add(ByteText.Decode(component));
            }
        }

        return [.. names];
    }

    /// <summary>Finds a node; the last name is not followed if it is a symbolic link. Null if there is none.</summary>
    public MergedNode? Find(string[] names) =>
        names.Length == 0 ? root : FindParent(names) is { } parent && parent.Children!.TryGetValue(names[^1], out MergedEntry entry) ? entry.Node : null;

    /// <summary>Finds the directory of a name; null if there is none.</summary>
    public MergedNode? FindParent(string[] names) => Walk(names, made: null, out _);

    /// <summary>Finds the directory of a name, or makes it, and marks the way to it as of this layer.</summary>
    /// <exception cref="ImageException">Something on the way is no directory.</exception>
    public MergedNode MakeParent(string[] names, TarEntry entry)
    {
        MergedNode? parent = Walk(names, () => LayerMerge.NewDirectory(new Node { Mode = UsualDirectory }, layer()), out List<MergedNode> way);
        foreach (MergedNode passed in way)
        {
            passed.Layer = layer();
        }

        return parent ?? throw LayerMerge.Refuse(entry, "something in its path is not a directory, or its symbolic links form a circle");
    }

    private MergedNode? Walk(string[] names, Func<MergedNode>? made, out List<MergedNode> way)
    {
        way = [root];
        Stack<string> left = new(names[..^1].Reverse());
        int links = 0;
        while (left.TryPop(out string? name))
        {
            if (name == "..")
            {
                way.RemoveRange(Math.Max(1, way.Count - 1), way.Count > 1 ? 1 : 0);
                continue;
            }

            MergedNode next;
            if (way[^1].Children!.TryGetValue(name, out MergedEntry entry))
            {
                next = entry.Node;
            }
            else if (made is not null)
            {
                next = made();
                way[^1].Children!.Add(name, new MergedEntry(next, layer()));
            }
            else
            {
                return null;
            }

            if (next.IsDirectory)
            {
                way.Add(next);
            }
            else if (next.Attributes.Type != NodeType.SymbolicLink || ++links > MostLinks)
            {
                return null;
            }
            else
            {
                Follow(next.LinkTarget, left, way);
            }
        }

        return way[^1];
    }

    private static void Follow(ReadOnlySpan<byte> target, Stack<string> left, List<MergedNode> way)
    {
        if (target.StartsWith("/"u8))
        {
            way.RemoveRange(1, way.Count - 1);
        }

        List<string> names = [];
        foreach (Range range in target.Split((byte)'/'))
        {
            if (!target[range].IsEmpty && !target[range].SequenceEqual("."u8))
            {
                names.Add(ByteText.Decode(target[range]));
            }
        }

        names.Reverse();
        names.ForEach(left.Push);
    }
}
