using Hearth.FileTree;
using Hearth.Layers.Index;
using Hearth.Layers.Merging;
using Hearth.Tar;

namespace Hearth.Images.Traces;

/// <summary>The digests of the files of an image's merged tree, as traces have them. Not thread-safe.</summary>
/// <param name="walked">The tree.</param>
/// <param name="index">The index of a layer, by its number.</param>
internal sealed class ContentDigests(WalkedTree walked, Func<int, LayerIndex> index)
{
    /// <summary>For each layer, the digests by the places of the contents.</summary>
    private readonly Dictionary<int, Dictionary<long, string>> layers = [];

    /// <summary>The digest of a file; null if the index has none, or the file is sparse or of a bind.</summary>
    public string? Find(NodeId node)
    {
        SourceIdentity place = walked.IdentityOf(node);
        if (walked.Tree[node] is not { Origin: 0, Type: NodeType.Regular } || SparsePlaces.IsNumber(place))
        {
            return null;
        }

        int number = SparsePlaces.LayerOf(place);
        if (!layers.TryGetValue(number, out Dictionary<long, string>? digests))
        {
            layers.Add(number, digests = Read(index(number)));
        }

        return digests.GetValueOrDefault((long)place.Position);
    }

    private static Dictionary<long, string> Read(LayerIndex index)
    {
        Dictionary<long, string> digests = [];
        ReadOnlyMemory<byte> rest = index.FileDigests;
        foreach (TarEntry entry in index.ReadEntries().Where(entry => entry.Type == TarEntryType.File))
        {
            if (rest.Length < LayerIndex.FileDigestBytes)
            {
                break;
            }

            ReadOnlySpan<byte> digest = rest.Span[..LayerIndex.FileDigestBytes];
            rest = rest[LayerIndex.FileDigestBytes..];
            if (entry.SizeInBytes > 0 && entry.Extents is null)
            {
                digests[entry.DataOffset] = Convert.ToHexStringLower(digest);
            }
        }

        return digests;
    }
}
