namespace Hearth.FileTree.Overlaying;

/// <summary>
/// Trees with names that were added or replaced in some of their directories. Only these names take memory; the trees are not
/// changed.
/// </summary>
/// <param name="trees">The base first.</param>
internal sealed class OverlayView(WalkedTree[] trees)
{
    private const ushort MadeDirectoryMode = ((ushort)NodeType.Directory << 12) | 0x1ED; // 0755

    private static readonly Comparer<byte[]> byBytes = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    private readonly Dictionary<Place, SortedDictionary<byte[], Place>> names = [];
    private int madeDirectories;

    public Tree[] Trees { get; } = [.. trees.Select(walked => walked.Tree)];

    /// <summary>Makes a directory that is in no tree and has no name yet.</summary>
    public Place MakeDirectory() => new(Place.Made, new NodeId(madeDirectories++));

    /// <summary>Sets a name in a directory to a place, and replaces the node that had this name.</summary>
    public void Set(Place directory, ReadOnlySpan<byte> name, Place place)
    {
        if (!names.TryGetValue(directory, out SortedDictionary<byte[], Place>? own))
        {
            own = new SortedDictionary<byte[], Place>(byBytes);
            names.Add(directory, own);
        }

        own[name.ToArray()] = place;
    }

    public Place? Find(Place directory, byte[] name)
    {
        if (names.TryGetValue(directory, out SortedDictionary<byte[], Place>? own) && own.TryGetValue(name, out Place set))
        {
            return set;
        }

        return directory.Layer != Place.Made && Trees[directory.Layer].Find(directory.Node, name) is { } node ? new Place(directory.Layer, node) : null;
    }

    /// <summary>
    /// The node from its tree. A made directory gets the time of the base's root, so that the same input gives the same
    /// bytes.
    /// </summary>
    public Node NodeOf(Place place) => place.Layer == Place.Made
        ? new Node { Mode = MadeDirectoryMode, ModifiedSeconds = Trees[0][Tree.Root].ModifiedSeconds, ModifiedNanoseconds = Trees[0][Tree.Root].ModifiedNanoseconds, XattrSet = -1 }
        : Trees[place.Layer][place.Node];

    public SourceIdentity IdentityOf(Place place) => place.Layer == Place.Made ? default : trees[place.Layer].IdentityOf(place.Node);

    public ReadOnlySpan<byte> LinkTargetOf(Place place) => place.Layer == Place.Made ? default : Trees[place.Layer].LinkTargetOf(place.Node);

    /// <summary>The names that were set in a directory, in order; null for none.</summary>
    public SortedDictionary<byte[], Place>? NamesSetIn(Place directory) => names.GetValueOrDefault(directory);
}
