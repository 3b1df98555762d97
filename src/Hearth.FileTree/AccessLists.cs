using System.Buffers.Binary;

namespace Hearth.FileTree;

/// <summary>
/// POSIX access control lists, as extended attributes have them: a version u32 (2), then per entry tag u16, permissions u16,
/// user or group u32, little-endian. See include/uapi/linux/posix_acl_xattr.h of Linux, and acl(5).
/// </summary>
public static class AccessLists
{
    private const int HeaderInBytes = 4;
    private const int EntryInBytes = 8;
    private const uint Version = 2;
    private const int GroupShift = 3;
    private const int AllPermissions = 7;

    private static ReadOnlySpan<byte> AccessName => "system.posix_acl_access"u8;

    private static ReadOnlySpan<byte> DefaultName => "system.posix_acl_default"u8;

    private enum Tag
    {
        User = 2,
        OwningGroup = 4,
        Group = 8,
        Mask = 16,
    }

    /// <summary>
    /// The tree without them, for a format that has no place for them. The owning group's and the others' permissions are
    /// narrowed, so that nobody may do more than the lists allowed; whom a list named may do less.
    /// </summary>
    /// <param name="tree">Stays as it is.</param>
    /// <param name="nodes">Those that had a list, in their order.</param>
    /// <returns>The same tree where it has no list.</returns>
    public static Tree Remove(Tree tree, out IReadOnlyList<NodeId> nodes)
    {
        List<NodeId> found = [];
        nodes = found;
        TreeParts parts = tree.Parts;
        bool[] hasList = [.. parts.XattrSets.Select(set => set.Any(IsList))];
        if (!hasList.Contains(true))
        {
            return tree;
        }

        Node[] narrowed = parts.Nodes.ToArray();
        Xattr[][] others = [.. parts.XattrSets.Select(set => set.Where(xattr => !IsList(xattr)).ToArray())];
        for (int i = 0; i < narrowed.Length; i++)
        {
            int set = narrowed[i].XattrSet;
            if (set >= 0 && hasList[set])
            {
                found.Add(new NodeId(i));
                narrowed[i] = narrowed[i] with { Mode = Narrow(narrowed[i].Mode, tree.XattrSet(set)), XattrSet = others[set].Length == 0 ? -1 : set };
            }
        }

        return new Tree(parts with { Nodes = narrowed, XattrSets = others });
    }

    private static bool IsList(Xattr xattr) => xattr.Name.Span.SequenceEqual(AccessName) || xattr.Name.Span.SequenceEqual(DefaultName);

    private static ushort Narrow(ushort mode, ReadOnlySpan<Xattr> xattrs)
    {
        foreach (Xattr xattr in xattrs)
        {
            if (xattr.Name.Span.SequenceEqual(AccessName))
            {
                int left = Permissions(xattr.Value.Span);
                return (ushort)(mode & (~((AllPermissions << GroupShift) | AllPermissions) | left));
            }
        }

        return mode;
    }

    /// <summary>
    /// What the owning group and the others may keep, as in a mode. A named user may be one of the owning group or of the
    /// others, and a named group's member one of the others: neither may get what its entry denies it.
    /// </summary>
    private static int Permissions(ReadOnlySpan<byte> list)
    {
        if (list.Length < HeaderInBytes || (list.Length - HeaderInBytes) % EntryInBytes != 0 || BinaryPrimitives.ReadUInt32LittleEndian(list) != Version)
        {
            return 0;
        }

        (int group, int mask) = (0, AllPermissions);
        int? named = null;
        int? users = null;
        for (ReadOnlySpan<byte> entries = list[HeaderInBytes..]; entries.Length > 0; entries = entries[EntryInBytes..])
        {
            int permissions = BinaryPrimitives.ReadUInt16LittleEndian(entries[sizeof(ushort)..]);
            switch ((Tag)BinaryPrimitives.ReadUInt16LittleEndian(entries))
            {
                case Tag.User:
                    users = (users ?? AllPermissions) & permissions;
                    named = (named ?? AllPermissions) & permissions;
                    break;
                case Tag.OwningGroup:
                    group = permissions;
                    break;
                case Tag.Group:
                    named = (named ?? AllPermissions) & permissions;
                    break;
                case Tag.Mask:
                    mask = permissions;
                    break;
            }
        }

        return ((group & mask & (users ?? AllPermissions)) << GroupShift) | ((named & mask) ?? AllPermissions);
    }
}
