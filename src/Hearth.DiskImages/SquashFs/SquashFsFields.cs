namespace Hearth.DiskImages.SquashFs;

/// <summary>Formats the fields of the superblock for users.</summary>
internal static class SquashFsFields
{
    public static IReadOnlyList<DumpField> Of(in SquashFsSuperblock superblock) =>
    [
        new("magic", $"{SquashFsSuperblock.Magic:x8}"),
        new("inodes", $"{superblock.InodeCount}"),
        new("modification time", $"{superblock.ModifiedSeconds}"),
        new("block size", $"{superblock.BlockInBytes}"),
        new("fragments", $"{superblock.FragmentCount}"),
        new("compression", NameOf(superblock.Compression)),
        new("block log", $"{superblock.BlockBits}"),
        new("flags", $"{superblock.Flags:x4}"),
        new("ids", $"{superblock.IdCount}"),
        new("version", $"{superblock.MajorVersion}.{superblock.MinorVersion}"),
        new("root inode", $"{superblock.RootInode >> 16}:{superblock.RootInode & ushort.MaxValue}"),
        new("bytes used", $"{superblock.BytesUsed}"),
        new("id table", TableAt(superblock.IdTable)),
        new("attribute table", TableAt(superblock.XattrTable)),
        new("inode table", TableAt(superblock.InodeTable)),
        new("directory table", TableAt(superblock.DirectoryTable)),
        new("fragment table", TableAt(superblock.FragmentTable)),
        new("export table", TableAt(superblock.ExportTable)),
    ];

    private static string TableAt(ulong start) => start == SquashFsLayout.NoTable ? "none" : $"{start}";

    private static string NameOf(ushort compression) => compression switch
    {
        SquashFsSuperblock.Gzip => "gzip",
        2 => "lzma",
        3 => "lzo",
        4 => "xz",
        5 => "lz4",
        6 => "zstd",
        _ => $"{compression}",
    };
}
