namespace Hearth.FileTree;

/// <summary>What a node is. The values are the kernel's directory-entry types (DT_*, dirent.h).</summary>
public enum NodeType : byte
{
    Fifo = 1,
    CharacterDevice = 2,
    Directory = 4,
    BlockDevice = 6,
    Regular = 8,
    SymbolicLink = 10,
    Socket = 12,
}
