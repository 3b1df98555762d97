using Hearth.FileTree;
using Hearth.Tar;

namespace Hearth.Layers.Merging;

/// <summary>
/// Where the parts of sparse files are. A tree has room for one place of a file, so that of a sparse file is its number here.
/// The same layers always give the same numbers.
/// </summary>
public sealed class SparsePlaces
{
    /// <summary>The bit of <see cref="SourceIdentity.Store"/> that marks such a number; layers have far smaller ones.</summary>
    private const uint Mark = 1u << 31;

    private readonly List<SparsePlace> places = [];

    public IReadOnlyList<SparsePlace> All => places;

    /// <summary>Whether an identity is the number of a sparse file.</summary>
    public static bool IsNumber(SourceIdentity identity) => (identity.Store & Mark) != 0;

    /// <summary>The layer of an identity of either kind.</summary>
    public static int LayerOf(SourceIdentity identity) => (int)(identity.Store & ~Mark);

    internal SourceIdentity Add(int layer, long dataOffset, IReadOnlyList<SparseExtent> parts)
    {
        places.Add(new SparsePlace(dataOffset, parts));
        return new SourceIdentity((uint)layer | Mark, (ulong)places.Count - 1);
    }
}
