using System.Runtime.InteropServices;

namespace Hearth.FileTree;

/// <summary>One name in one directory. Read the bytes with <see cref="Tree.NameOf"/>. Without a gap in memory, as <see cref="Node"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct DirectoryEntry
{
    /// <summary>Eight bits would leave a gap behind them.</summary>
    private readonly uint nameLength;

    internal DirectoryEntry(int nameOffset, byte nameLength, NodeId node, NodeId parent)
    {
        NameOffset = nameOffset;
        this.nameLength = nameLength;
        Node = node;
        Parent = parent;
    }

    internal int NameOffset { get; }

    /// <summary>1 to 255 bytes.</summary>
    public byte NameLength => (byte)nameLength;

    public NodeId Node { get; }

    public NodeId Parent { get; }
}
