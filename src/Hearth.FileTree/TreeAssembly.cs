using System.Buffers;

namespace Hearth.FileTree;

/// <summary>One pass of <see cref="TreeBuilder.Build"/>: sorts the names of each directory, walks from the root, numbers what it meets.</summary>
internal sealed class TreeAssembly(
    List<Node> nodes,
    List<(int Parent, byte[] Name, int Node)> names,
    Dictionary<int, byte[]> targets,
    Xattr[][] xattrSets,
    ulong[] devices)
{
    private const int Unnumbered = -1;

    private readonly Node[] numbered = new Node[nodes.Count];
    private readonly DirectoryEntry[] entries = new DirectoryEntry[names.Count];
    private readonly int[] newIds = new int[nodes.Count];
    private readonly uint[] linkCounts = new uint[nodes.Count];
    private readonly ArrayBufferWriter<byte> text = new();

    public Tree Assemble()
    {
        if (nodes.Count == 0 || nodes[0].Type != NodeType.Directory)
        {
            throw new FileTreeException(FileTreeError.BrokenStructure, "a tree needs a directory as its root, and it must be the first node added");
        }

        names.Sort((a, b) => a.Parent != b.Parent ? a.Parent.CompareTo(b.Parent) : a.Name.AsSpan().SequenceCompareTo(b.Name));
        RefuseDuplicates();
        Number();
        SetLinkCounts();
        return new Tree(numbered, entries, text.WrittenSpan.ToArray(), xattrSets, devices);
    }

    private void RefuseDuplicates()
    {
        for (int i = 1; i < names.Count; i++)
        {
            if (names[i].Parent == names[i - 1].Parent && names[i].Name.AsSpan().SequenceEqual(names[i - 1].Name))
            {
                throw new FileTreeException(FileTreeError.DuplicateName, $"a directory holds the name '{System.Text.Encoding.UTF8.GetString(names[i].Name)}' twice");
            }
        }
    }

    private void Number()
    {
        int[] firstNames = FirstNamesByParent();
        Array.Fill(newIds, Unnumbered);
        int next = 0;
        int nextEntry = 0;
        newIds[0] = next++;
        numbered[0] = nodes[0] with { Name = -1 };
        var pending = new Stack<int>([0]);
        while (pending.TryPop(out int directory))
        {
            int first = firstNames[directory];
            int count = CountNames(first, directory);
            numbered[newIds[directory]] = numbered[newIds[directory]] with { First = nextEntry, EntryCount = count };
            for (int i = first; i < first + count; i++)
            {
                int child = names[i].Node;
                if (newIds[child] == Unnumbered)
                {
                    newIds[child] = next++;
                    numbered[newIds[child]] = nodes[child] with { Name = nextEntry, First = WriteTarget(child) };
                }
                else if (nodes[child].Type == NodeType.Directory)
                {
                    throw new FileTreeException(FileTreeError.BrokenStructure, $"the directory '{System.Text.Encoding.UTF8.GetString(names[i].Name)}' has two names");
                }

                entries[nextEntry++] = new DirectoryEntry(WriteText(names[i].Name), (byte)names[i].Name.Length, new NodeId(newIds[child]), new NodeId(newIds[directory]));
            }

            for (int i = first + count - 1; i >= first; i--)
            {
                if (nodes[names[i].Node].Type == NodeType.Directory)
                {
                    pending.Push(names[i].Node);
                }
            }
        }

        if (next != nodes.Count)
        {
            throw new FileTreeException(FileTreeError.BrokenStructure, $"{nodes.Count - next} nodes cannot be reached from the root");
        }
    }

    private int[] FirstNamesByParent()
    {
        int[] first = new int[nodes.Count];
        for (int i = names.Count - 1; i >= 0; i--)
        {
            first[names[i].Parent] = i;
        }

        return first;
    }

    private int CountNames(int first, int directory)
    {
        int count = 0;
        while (first + count < names.Count && names[first + count].Parent == directory)
        {
            count++;
        }

        return count;
    }

    private void SetLinkCounts()
    {
        linkCounts[0] = 2;
        foreach (DirectoryEntry entry in entries)
        {
            bool isDirectory = numbered[entry.Node.Index].Type == NodeType.Directory;
            linkCounts[entry.Node.Index] += isDirectory ? 2u : 1u;
            linkCounts[entry.Parent.Index] += isDirectory ? 1u : 0u;
        }

        for (int i = 0; i < numbered.Length; i++)
        {
            numbered[i] = numbered[i] with { LinkCount = linkCounts[i] };
        }
    }

    private int WriteTarget(int node) => targets.TryGetValue(node, out byte[]? target) ? WriteText(target) : 0;

    private int WriteText(byte[] bytes)
    {
        int at = text.WrittenCount;
        text.Write(bytes);
        return at;
    }
}
