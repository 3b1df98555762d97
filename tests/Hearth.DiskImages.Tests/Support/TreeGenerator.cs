using CsCheck;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>What a format can store; trees for it stay within that.</summary>
public sealed record TreeTraits(bool WideTimes, bool Acls, bool AnyLinkMode = true, bool AnyXattrName = true)
{
    public static TreeTraits Erofs { get; } = new(WideTimes: true, Acls: true);

    /// <summary>32-bit seconds from 1970 on, and no ACLs.</summary>
    public static TreeTraits SquashFs { get; } = new(WideTimes: false, Acls: false);

    /// <summary>mksquashfs gives links the mode that Linux gives them, whatever an archive says; an attribute's name ends there at its first '='.</summary>
    public static TreeTraits PackedSquashFs { get; } = SquashFs with { AnyLinkMode = false, AnyXattrName = false };
}

/// <summary>Random trees: every type of node, any name bytes, hard links, extended attributes, odd sizes, times and ids.</summary>
public static class TreeGenerator
{
    private const int MostNodes = 60;

    /// <summary>cap_net_raw+ep: the kernel checks this attribute's value, so it has to be a real one (VFS_CAP_REVISION_2).</summary>
    private static readonly byte[] capability = Convert.FromHexString("0100000200200000000000000000000000000000");

    /// <summary>user::rw-, user:1000:rw-, group::r--, mask::rw-, other::r-- in the layout of posix_acl_xattr.h.</summary>
    private static readonly byte[] acl = Convert.FromHexString(
        "02000000" + "01000600FFFFFFFF" + "02000600E8030000" + "04000400FFFFFFFF" + "10000600FFFFFFFF" + "20000400FFFFFFFF");

    private static readonly NodeType[] types =
    [
        NodeType.Directory, NodeType.Directory, NodeType.Directory, NodeType.Regular, NodeType.Regular, NodeType.Regular, NodeType.Regular,
        NodeType.SymbolicLink, NodeType.Fifo, NodeType.Socket, NodeType.CharacterDevice, NodeType.BlockDevice,
    ];

    private static readonly Gen<byte[]> names = Gen.Frequency(
        (6, NameOf(Gen.Byte[(byte)'a', (byte)'e'], 1, 3)),
        (2, NameOf(Gen.Byte[0x20, 0x2E], 1, 4)),
        (3, NameOf(Gen.Byte[1, 255], 1, 40)),
        (1, NameOf(Gen.Byte[1, 255], 200, 255)));

    private static readonly Gen<long> sizes = Gen.Frequency(
        (2, Gen.Const(0L)),
        (4, Gen.Long[1, 300]),
        (3, Gen.OneOf(4095L, 4096L, 4097L, 8192L, 12289L)),
        (2, Gen.Long[1, 200_000]));

    private static readonly Gen<uint> ids = Gen.OneOf(Gen.OneOf(0u, 1000u, 65_535u, 65_536u, 0xFFFF_FFFEu), Gen.UInt[0, 3000]);

    private sealed record Draft(int Parent, byte[] Name, NodeType Type, ushort Permissions, long Size, uint Uid, uint Gid, Times Time, Extras Extra);

    private sealed record Times(long Seconds, uint Nanoseconds);

    private sealed record Extras(uint Device, byte[] Target, int HardLinkOf, int XattrKinds, byte[] XattrValue);

    public static Gen<Tree> Trees(TreeTraits traits) =>
        Gen.Select(Drafts(traits).Array[0, MostNodes], Drafts(traits), (drafts, root) => Build(traits, root, drafts));

    private static Gen<byte[]> NameOf(Gen<byte> bytes, int shortest, int longest) =>
        bytes.Array[shortest, longest].Select(name => Array.ConvertAll(name, b => b == (byte)'/' ? (byte)'_' : b));

    private static Gen<Times> TimesOf(TreeTraits traits) => traits.WideTimes
        ? Gen.Select(Gen.OneOf(Gen.Long[0, 4_000_000_000], Gen.Long[-5_000_000_000, 20_000_000_000]), Gen.UInt[0, 999_999_999], (s, n) => new Times(s, n))
        : Gen.UInt.Select(s => new Times(s, 0));

    private static Gen<Draft> Drafts(TreeTraits traits)
    {
        Gen<Extras> extras = Gen.Select(
            Gen.UInt, Gen.Byte[1, 255].Array[1, 300], Gen.Int[0, 400], Gen.Frequency((3, Gen.Const(0)), (1, Gen.Int[1, 31])), Gen.Byte.Array[0, 600],
            (device, target, link, kinds, value) => new Extras(device, target, link, kinds, value));
        Gen<(NodeType, ushort)> modes = Gen.Select(Gen.OneOf(types), Gen.UShort[0, 0xFFF]);
        return Gen.Select(
            Gen.Int[0, 1000], names, modes, sizes, ids, ids, TimesOf(traits), extras,
            (parent, name, mode, size, uid, gid, time, extra) => new Draft(parent, name, mode.Item1, mode.Item2, size, uid, gid, time, extra));
    }

    private static Tree Build(TreeTraits traits, Draft root, Draft[] drafts)
    {
        var builder = new TreeBuilder();
        var directories = new List<int>();
        var files = new List<int>();
        var taken = new HashSet<string>();
        AddNode(builder, traits, root with { Type = NodeType.Directory }, directories, files);
        foreach (Draft draft in drafts)
        {
            int parent = directories[draft.Parent % directories.Count];
            if (draft.Name.AsSpan().SequenceEqual("."u8) || draft.Name.AsSpan().SequenceEqual(".."u8) || !taken.Add(parent + Convert.ToHexString(draft.Name)))
            {
                continue;
            }

            bool isAnotherName = draft.Extra.HardLinkOf < files.Count;
            builder.AddEntry(parent, draft.Name, isAnotherName ? files[draft.Extra.HardLinkOf] : AddNode(builder, traits, draft, directories, files));
        }

        return builder.Build();
    }

    private static int AddNode(TreeBuilder builder, TreeTraits traits, Draft draft, List<int> directories, List<int> files)
    {
        bool isDevice = draft.Type is NodeType.CharacterDevice or NodeType.BlockDevice;
        int node = builder.AddNode(new Node
        {
            Mode = (ushort)(((int)draft.Type << 12) | (draft.Type == NodeType.SymbolicLink && !traits.AnyLinkMode ? 0x1FF : draft.Permissions)),
            Uid = draft.Uid,
            Gid = draft.Gid,
            Size = draft.Type == NodeType.Regular ? draft.Size : 0,
            ModifiedSeconds = draft.Time.Seconds,
            ModifiedNanoseconds = draft.Time.Nanoseconds,
            DeviceNumber = isDevice ? draft.Extra.Device : 0,
        });
        if (draft.Type == NodeType.SymbolicLink)
        {
            builder.SetLinkTarget(node, draft.Extra.Target);
        }

        builder.SetXattrs(node, XattrsOf(traits, draft));
        (draft.Type == NodeType.Directory ? directories : files).Add(node);
        return node;
    }

    /// <summary>The kernel lets only files and directories have user attributes and ACLs.</summary>
    private static IEnumerable<Xattr> XattrsOf(TreeTraits traits, Draft draft)
    {
        int kinds = draft.Extra.XattrKinds;
        bool isPlain = draft.Type is NodeType.Regular or NodeType.Directory;
        if ((kinds & 1) != 0)
        {
            yield return new Xattr("trusted.one"u8.ToArray(), "the same for many"u8.ToArray());
        }

        if ((kinds & 2) != 0)
        {
            yield return new Xattr(traits.AnyXattrName ? "trusted.\u00e9=\\\n"u8.ToArray() : "trusted.\u00e9\\\n"u8.ToArray(), draft.Extra.XattrValue);
        }

        if ((kinds & 4) != 0 && isPlain)
        {
            yield return new Xattr("user.colour"u8.ToArray(), draft.Extra.XattrValue);
        }

        if ((kinds & 8) != 0 && draft.Type == NodeType.Regular)
        {
            yield return new Xattr("security.capability"u8.ToArray(), capability);
        }

        if ((kinds & 16) != 0 && isPlain && traits.Acls)
        {
            yield return new Xattr("system.posix_acl_access"u8.ToArray(), acl);
        }
    }
}
