namespace Hearth.Guest.Init.Archives;

/// <summary>st_mode's types (inode(7)).</summary>
internal static class NodeType
{
    internal const ushort Fifo = 0x1000;
    internal const ushort CharacterDevice = 0x2000;
    internal const ushort Directory = 0x4000;
    internal const ushort BlockDevice = 0x6000;
    internal const ushort File = 0x8000;
    internal const ushort SymbolicLink = 0xa000;
    internal const ushort Socket = 0xc000;
}
