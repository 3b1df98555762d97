using System.Text;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Serving;

/// <summary>
/// The names and attributes of a root directory and its files. Node 1 is the directory, node 2 the first file. Nothing ever
/// changes: the kernel's nodes need no tracking, and its caches never expire.
/// </summary>
internal sealed class FileSet
{
    public const ulong RootNode = 1;

    /// <summary>More files would need a faster lookup than a linear scan; a session serves one or two images.</summary>
    public const int MaxFiles = 256;

    private const ulong FirstFileNode = 2;
    private const int MaxNameInBytes = 255;
    private const uint DirectoryMode = 0x4000 | 0x16D;
    private const uint FileMode = 0x8000 | 0x124;
    private const uint DirectoryType = 4;
    private const uint FileType = 8;
    private const uint BlockSizeInBytes = 4096;

    /// <summary>In seconds: about 68 years, which does not overflow any kernel's clock arithmetic.</summary>
    private const ulong Forever = int.MaxValue;

    private readonly IFuseFile[] files;
    private readonly byte[][] names;
    private readonly ulong startedAtSeconds;

    /// <exception cref="ArgumentException">There are no files, too many, or a name is invalid.</exception>
    public FileSet(IReadOnlyList<IFuseFile> files, DateTimeOffset startedAt)
    {
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(files.Count, MaxFiles);
        this.files = [.. files];
        names = [.. files.Select(file => NameBytes(file.Name))];
        startedAtSeconds = (ulong)startedAt.ToUnixTimeSeconds();
        if (files.DistinctBy(file => file.Name).Count() != files.Count)
        {
            throw new ArgumentException("two files of a FUSE session have the same name");
        }
    }

    public IFuseFile? FileOf(ulong node) => node >= FirstFileNode && node - FirstFileNode < (ulong)files.Length ? files[node - FirstFileNode] : null;

    /// <summary>The node of a name in the root directory; 0 if there is none.</summary>
    public ulong NodeOf(ReadOnlySpan<byte> name)
    {
        for (int file = 0; file < names.Length; file++)
        {
            if (name.SequenceEqual(names[file]))
            {
                return FirstFileNode + (ulong)file;
            }
        }

        return 0;
    }

    /// <summary>Answers LOOKUP.</summary>
    public FuseEntryOut EntryOf(ulong node) => new() { NodeId = node, EntryValid = Forever, AttrValid = Forever, Attr = AttributesOf(node) };

    /// <summary>Answers GETATTR.</summary>
    public FuseAttrOut AttrOf(ulong node) => new() { AttrValid = Forever, Attr = AttributesOf(node) };

    /// <summary>Answers STATFS.</summary>
    public FuseStatFsOut Totals() => new()
    {
        Blocks = (ulong)files.Sum(file => (file.Length + BlockSizeInBytes - 1) / BlockSizeInBytes),
        Files = (ulong)files.Length + 1,
        BlockSize = BlockSizeInBytes,
        FragmentSize = BlockSizeInBytes,
        NameLength = MaxNameInBytes,
    };

    /// <summary>A directory entry by position: the root itself, its parent, then the files; false past the last.</summary>
    public bool TryGetDirent(ulong position, out FuseDirent entry, out ReadOnlySpan<byte> name)
    {
        bool isFile = position >= 2;
        name = position switch
        {
            0 => "."u8,
            1 => ".."u8,
            _ when position - 2 < (ulong)files.Length => names[position - 2],
            _ => default,
        };
        entry = new FuseDirent
        {
            Inode = isFile ? FirstFileNode + position - 2 : RootNode,
            Offset = position + 1,
            Type = isFile ? FileType : DirectoryType,
        };
        return name.Length > 0;
    }

    private FuseAttr AttributesOf(ulong node)
    {
        ulong length = (ulong)(FileOf(node)?.Length ?? 0);
        return new FuseAttr
        {
            Inode = node,
            Size = length,
            Blocks = (length + 511) / 512,
            AccessTime = startedAtSeconds,
            ModificationTime = startedAtSeconds,
            ChangeTime = startedAtSeconds,
            Mode = node == RootNode ? DirectoryMode : FileMode,
            LinkCount = node == RootNode ? 2u : 1u,
            BlockSize = BlockSizeInBytes,
        };
    }

    private static byte[] NameBytes(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.Length is 0 or > MaxNameInBytes || name is "." or ".." || name.Contains('/', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' is not a valid file name: use one path component of at most {MaxNameInBytes} bytes");
        }

        return bytes;
    }
}
