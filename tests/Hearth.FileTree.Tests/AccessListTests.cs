using System.Buffers.Binary;
using System.Text;
using CsCheck;

namespace Hearth.FileTree.Tests;

/// <summary>Trees without their access control lists: what is left of the modes.</summary>
public sealed class AccessListTests
{
    private const ushort Owner = 1;
    private const ushort User = 2;
    private const ushort OwningGroup = 4;
    private const ushort Group = 8;
    private const ushort Mask = 16;
    private const ushort Other = 32;

    private static readonly Gen<(ushort Tag, int Permissions, uint Id)[]> named =
        Gen.Select(Gen.Bool.Select(isUser => isUser ? User : Group), Gen.Int[0, 7], Gen.UInt[1, 3]).Array[0, 4];

    [Fact]
    public void A_tree_without_lists_stays_the_same()
    {
        Tree tree = Build(0x81A4, ("user.colour", [1]));
        Assert.Same(tree, AccessLists.Remove(tree, out IReadOnlyList<NodeId> nodes));
        Assert.Empty(nodes);
    }

    [Fact]
    public void A_list_goes_with_what_its_mask_gave_and_other_attributes_stay()
    {
        byte[] list = List((Owner, 6, 0), (OwningGroup, 4, 0), (Group, 6, 4), (Mask, 6, 0), (Other, 4, 0));
        Tree tree = AccessLists.Remove(Build(0x81B4, ("system.posix_acl_access", list), ("user.colour", [1])), out IReadOnlyList<NodeId> nodes);

        Assert.Equal(Convert.ToInt32("644", 8), tree[Assert.Single(nodes)].Permissions);
        Assert.Equal("user.colour", Encoding.ASCII.GetString(Assert.Single(tree.XattrsOf(nodes[0]).ToArray()).Name.Span));
    }

    [Fact]
    public void A_list_for_what_is_made_later_leaves_the_mode_alone()
    {
        Tree tree = AccessLists.Remove(Build(0x41FF, ("system.posix_acl_default", List((Owner, 0, 0)))), out IReadOnlyList<NodeId> nodes);
        Assert.Equal((Convert.ToInt32("777", 8), -1), (tree[Assert.Single(nodes)].Permissions, tree.XattrSetOf(nodes[0])));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0300000001000700FFFFFFFF")]
    [InlineData("02000000010007")]
    public void A_list_that_nobody_understands_leaves_the_owner_alone(string list)
    {
        Tree tree = AccessLists.Remove(Build(0x85FF, ("system.posix_acl_access", Convert.FromHexString(list))), out IReadOnlyList<NodeId> nodes);
        Assert.Equal(Convert.ToInt32("2700", 8), tree[Assert.Single(nodes)].Permissions);
    }

    /// <summary>Against the kernel's own rules (acl(5)), for everybody that a list can tell apart.</summary>
    [Fact]
    public void Nobody_may_do_more_than_before() =>
        Gen.Select(named, Gen.Int[0, 7], Gen.Int[0, 7], Gen.Int[0, 7]).Sample((entries, group, mask, other) =>
        {
            bool isExtended = entries.Length > 0;
            (ushort, int, uint)[] list = [(Owner, 6, 0), (OwningGroup, group, 0), .. entries, .. isExtended ? [(Mask, mask, 0u)] : Array.Empty<(ushort, int, uint)>(), (Other, other, 0)];
            ushort mode = (ushort)(0x8000 | (6 << 6) | ((isExtended ? mask : group) << 3) | other);
            Tree tree = AccessLists.Remove(Build(mode, ("system.posix_acl_access", List(list))), out IReadOnlyList<NodeId> nodes);
            int left = tree[nodes[0]].Permissions;

            for (uint user = 0; user <= 3; user++)
            {
                for (int groups = 0; groups < 16; groups++)
                {
                    int before = Allowed(entries, group, isExtended ? mask : 7, other, user, groups);
                    int after = (groups & 1) != 0 ? (left >> 3) & 7 : left & 7;
                    Assert.Equal(0, after & ~before);
                }
            }
        });

    /// <summary>What somebody may do who is not the owner: user 0 is named nowhere, bit 0 of the groups is the owning one.</summary>
    private static int Allowed((ushort Tag, int Permissions, uint Id)[] entries, int group, int mask, int other, uint user, int groups)
    {
        foreach ((ushort tag, int permissions, uint id) in entries)
        {
            if (tag == User && id == user)
            {
                return permissions & mask;
            }
        }

        // Where several groups match, each alone may allow what is asked: with them all, the union of single permissions.
        bool matched = (groups & 1) != 0;
        int allowed = matched ? group & mask : 0;
        foreach ((ushort tag, int permissions, uint id) in entries)
        {
            if (tag == Group && (groups & (1 << (int)id)) != 0)
            {
                matched = true;
                allowed |= permissions & mask;
            }
        }

        return matched ? allowed : other;
    }

    private static byte[] List(params (ushort Tag, int Permissions, uint Id)[] entries)
    {
        byte[] list = new byte[4 + (8 * entries.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(list, 2);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = list.AsSpan(4 + (8 * i));
            BinaryPrimitives.WriteUInt16LittleEndian(entry, entries[i].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], (ushort)entries[i].Permissions);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], entries[i].Id);
        }

        return list;
    }

    private static Tree Build(ushort mode, params (string Name, byte[] Value)[] xattrs)
    {
        var builder = new TreeBuilder();
        int root = builder.AddNode(new Node { Mode = 0x41ED });
        int node = builder.AddNode(new Node { Mode = mode });
        builder.SetXattrs(node, xattrs.Select(xattr => new Xattr(Encoding.ASCII.GetBytes(xattr.Name), xattr.Value)));
        builder.AddEntry(root, "one"u8, node);
        return builder.Build();
    }
}
