namespace Hearth.Linux.Files;

/// <summary>The file types in st_mode (inode(7)).</summary>
public static class NodeTypes
{
    public const ushort Fifo = 0x1000;
    public const ushort CharacterDevice = 0x2000;
    public const ushort Directory = 0x4000;
    public const ushort BlockDevice = 0x6000;
    public const ushort File = 0x8000;
    public const ushort SymbolicLink = 0xa000;
    public const ushort Socket = 0xc000;
}
