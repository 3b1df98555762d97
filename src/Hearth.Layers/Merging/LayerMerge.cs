using System.Text;
using Hearth.Distribution;
using Hearth.FileTree;
using Hearth.Linux.Text;
using Hearth.Tar;

namespace Hearth.Layers.Merging;

/// <summary>
/// Merges layers into one tree by image-spec's layer.md, with the result of unpacking them one over the other: an entry
/// replaces what has its name, except that directories merge; parents are resolved within the tree through its symbolic
/// links; whiteouts hide what lower layers have, wherever they are in their own layer.
/// </summary>
/// <remarks>
/// Names are normalised: a leading slash and <c>.</c> are dropped, and <c>..</c> cannot leave the root. Missing parents are
/// made, owned by root with mode 0755 and time 0. Left out are AUFS's own entries, and <c>trusted.overlay.*</c> attributes,
/// by which an image could steer the guest's overlay.
/// </remarks>
public sealed class LayerMerge
{
    private const string WhiteoutPrefix = ".wh.";
    private const string AufsPrefix = ".wh..wh.";
    private const string OpaqueMarker = ".wh..wh..opq";
    private const string OverlayAttributes = "trusted.overlay.";
    private const ushort DirectoryMode = 0x4000;
    private const ushort UsualDirectory = 0x41ed;
    private const int TypeShift = 12;

    private readonly MergedNode root = NewDirectory(new Node { Mode = UsualDirectory }, layer: 0);
    private readonly MergedPaths paths;
    private readonly SparsePlaces sparse = new();
    private int layer;

    public LayerMerge() => paths = new MergedPaths(root, () => layer);

    /// <summary>The parts of all sparse files.</summary>
    public SparsePlaces Sparse => sparse;

    /// <summary>Lays a layer over those before it.</summary>
    /// <param name="number">The layer's number, ascending.</param>
    /// <param name="entries">Its entries, in the archive's order.</param>
    /// <exception cref="ImageException">An entry cannot be placed: its parent is no directory, or its hard link has no target.</exception>
    public void Add(int number, IEnumerable<TarEntry> entries)
    {
        layer = number;
        foreach (TarEntry entry in entries)
        {
            Add(entry);
        }
    }

    /// <summary>The tree. Each file's identity is its layer's number and its place in the layer.</summary>
    /// <exception cref="FileTreeException">A name is too long.</exception>
    public WalkedTree Build() => MergedTree.Build(root);

    private void Add(TarEntry entry)
    {
        string[] names = MergedPaths.Split(entry.Name);
        if (names.Length == 0)
        {
            if (entry.Type == TarEntryType.Directory)
            {
                Update(root, entry);
            }

            return;
        }

        string name = names[^1];
        if (name == OpaqueMarker)
        {
            if (paths.FindParent(names) is { } directory)
            {
                HideLower(directory);
            }
        }
        else if (name.StartsWith(AufsPrefix, StringComparison.Ordinal))
        {
            return;
        }
        else if (name.StartsWith(WhiteoutPrefix, StringComparison.Ordinal))
        {
            Whiteout(names, name[WhiteoutPrefix.Length..]);
        }
        else
        {
            Place(paths.MakeParent(names, entry), name, entry);
        }
    }

    private void Whiteout(string[] names, string hidden)
    {
        if (paths.FindParent(names) is not { } parent || !parent.Children!.TryGetValue(hidden, out MergedEntry entry))
        {
            return;
        }

        if (!entry.IsOf(layer))
        {
            parent.Children.Remove(hidden);
        }
        else if (entry.Node.IsDirectory)
        {
            HideLower(entry.Node);
        }
    }

    /// <summary>Removes everything in a directory that this layer has not placed.</summary>
    private void HideLower(MergedNode directory)
    {
        foreach ((string name, MergedEntry child) in directory.Children!.ToArray())
        {
            if (!child.IsOf(layer))
            {
                directory.Children!.Remove(name);
            }
            else if (child.Node.IsDirectory)
            {
                HideLower(child.Node);
            }
        }
    }

    private void Place(MergedNode parent, string name, TarEntry entry)
    {
        if (entry.Type == TarEntryType.Directory && parent.Children!.TryGetValue(name, out MergedEntry present) && present.Node.IsDirectory)
        {
            Update(present.Node, entry);
            return;
        }

        MergedNode node = entry.Type switch
        {
            TarEntryType.Directory => NewDirectory(AttributesOf(entry), layer),
            TarEntryType.HardLink => FindTarget(entry),
            _ => new MergedNode { Attributes = AttributesOf(entry) },
        };
        if (entry.Type != TarEntryType.HardLink)
        {
            Update(node, entry);
        }

        parent.Children![name] = new MergedEntry(node, layer);
    }

    private MergedNode FindTarget(TarEntry entry)
    {
        MergedNode target = paths.Find(MergedPaths.Split(entry.LinkName)) ?? throw Refuse(entry, $"its target '{Encoding.UTF8.GetString(entry.LinkName)}' does not exist");
        return target.IsDirectory ? throw Refuse(entry, $"its target '{Encoding.UTF8.GetString(entry.LinkName)}' is a directory") : target;
    }

    private void Update(MergedNode node, TarEntry entry)
    {
        node.Layer = layer;
        node.Attributes = AttributesOf(entry);
        node.LinkTarget = entry.Type == TarEntryType.SymbolicLink ? entry.LinkName : [];
        node.Xattrs =
        [
            // To pax, a record with an empty value is none.
            .. entry.Attributes.Where(one => one.Value.Length > 0 && !one.Key.StartsWith(OverlayAttributes, StringComparison.Ordinal))
                .Select(one => new Xattr(ByteText.Encode(one.Key), one.Value)),
        ];
        if (entry.Type == TarEntryType.File)
        {
            node.Content = entry.Extents is { } parts ? sparse.Add(layer, entry.DataOffset, parts) : new SourceIdentity((uint)layer, (ulong)entry.DataOffset);
        }
    }

    private static Node AttributesOf(TarEntry entry) => new()
    {
        Mode = (ushort)(((uint)TypeOf(entry.Type) << TypeShift) | (entry.Mode & 0xfff)),
        Uid = entry.UserId,
        Gid = entry.GroupId,
        ModifiedSeconds = entry.Modified.Seconds,
        ModifiedNanoseconds = entry.Modified.Nanoseconds,
        Size = entry.Type == TarEntryType.File ? entry.SizeInBytes : 0,
        DeviceNumber = entry.Type is TarEntryType.BlockDevice or TarEntryType.CharacterDevice ? EncodeDevice(entry.DeviceMajor, entry.DeviceMinor) : 0,
    };

    private static NodeType TypeOf(TarEntryType type) => type switch
    {
        TarEntryType.Directory => NodeType.Directory,
        TarEntryType.SymbolicLink => NodeType.SymbolicLink,
        TarEntryType.CharacterDevice => NodeType.CharacterDevice,
        TarEntryType.BlockDevice => NodeType.BlockDevice,
        TarEntryType.Fifo => NodeType.Fifo,
        _ => NodeType.Regular,
    };

    /// <summary>The kernel's <c>new_encode_dev</c>.</summary>
    private static uint EncodeDevice(uint major, uint minor) => (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);

    internal static MergedNode NewDirectory(Node attributes, int layer) =>
        new() { Attributes = attributes with { Mode = (ushort)(DirectoryMode | attributes.Permissions) }, Children = new(StringComparer.Ordinal), Layer = layer };

    internal static ImageException Refuse(TarEntry entry, string cause) =>
        new(ImageError.Malformed, $"cannot place '{entry.ShownName}' of a layer: {cause}");
}
