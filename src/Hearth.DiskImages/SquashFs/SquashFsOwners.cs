using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>Users and groups. Inodes refer to them by 16-bit numbers, assigned in the order of their first nodes.</summary>
internal sealed class SquashFsOwners
{
    private readonly Dictionary<uint, ushort> numbers = [];
    private readonly List<uint> ids = [];

    /// <exception cref="DiskImageException">There are more than the format can number.</exception>
    public SquashFsOwners(Tree tree)
    {
        for (int i = 0; i < tree.NodeCount; i++)
        {
            ref readonly Node node = ref tree[new NodeId(i)];
            Add(node.Uid);
            Add(node.Gid);
        }
    }

    public IReadOnlyList<uint> Ids => ids;

    public ushort NumberOf(uint id) => numbers[id];

    private void Add(uint id)
    {
        if (!numbers.TryAdd(id, (ushort)ids.Count))
        {
            return;
        }

        ids.Add(id);
        if (ids.Count > ushort.MaxValue)
        {
            throw new DiskImageException(
                DiskImageError.TooLarge, $"the files belong to more than {ushort.MaxValue} users and groups, the most that a SquashFS image can have; use EROFS");
        }
    }
}
