using System.Runtime.InteropServices;

namespace Hearth.FileTree;

/// <summary>
/// One name in one directory; <see cref="Tree.NameOf"/> returns its bytes. Has no padding in memory, like <see cref="Node"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct DirectoryEntry
{
    /// <summary>A uint, since a byte would leave padding behind it.</summary>
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
