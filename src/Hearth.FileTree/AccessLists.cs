using System.Buffers.Binary;

namespace Hearth.FileTree;

/// <summary>
/// POSIX access control lists, as stored in extended attributes: a version u32 (2), then per entry tag u16, permissions u16,
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
    /// Removes the lists from a tree, for a format that cannot store them. Narrows the permissions of the owning group and of
    /// others, so that nobody gains access. A user or group that a list names may lose access.
    /// </summary>
    /// <param name="tree">The tree with lists; it is not changed.</param>
    /// <param name="nodes">The nodes that had a list, in ascending order.</param>
    /// <returns>The narrowed tree; the same tree if no node has a list.</returns>
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
    /// The permissions that the owning group and others keep, as mode bits. A named user may belong to the owning group or to
    /// others, and a member of a named group may belong to others. Neither may get what its entry denies.
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
