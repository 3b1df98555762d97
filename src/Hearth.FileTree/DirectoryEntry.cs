namespace Hearth.FileTree;

/// <summary>One name in one directory. Read the bytes with <see cref="Tree.NameOf"/>.</summary>
public readonly struct DirectoryEntry
{
    internal DirectoryEntry(int nameOffset, byte nameLength, NodeId node, NodeId parent)
    {
        NameOffset = nameOffset;
        NameLength = nameLength;
        Node = node;
        Parent = parent;
    }

    internal int NameOffset { get; }

    /// <summary>1 to 255 bytes.</summary>
    public byte NameLength { get; }

    public NodeId Node { get; }

    public NodeId Parent { get; }
}
