using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Hearth.FileTree;

/// <summary>
/// The arrays of a <see cref="Tree"/>, to be stored and later used in place. The layout is that of <see cref="Node"/> and
/// <see cref="DirectoryEntry"/> on a little-endian machine; <see cref="Version"/> identifies it.
/// </summary>
/// <param name="Nodes">The root first.</param>
/// <param name="Entries">The entries of one directory are adjacent.</param>
/// <param name="Text">Names and link targets.</param>
/// <param name="XattrSets">The distinct sets of extended attributes.</param>
public sealed record TreeParts(
    ReadOnlyMemory<Node> Nodes,
    ReadOnlyMemory<DirectoryEntry> Entries,
    ReadOnlyMemory<byte> Text,
    IReadOnlyList<IReadOnlyList<Xattr>> XattrSets)
{
    /// <summary>Raise it with every change of the layout or of a part's meaning.</summary>
    public const int Version = 2;

    private const int MostBytesHashedAtOnce = 1 << 24;

    /// <summary>SHA-256 over all parts: equal for two trees only if the trees are equal, wherever they come from.</summary>
    public byte[] Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, [Version, Nodes.Length, Entries.Length, Text.Length, XattrSets.Count]);
        AppendParts(hash, Nodes.Span);
        AppendParts(hash, Entries.Span);
        hash.AppendData(Text.Span);
        foreach (IReadOnlyList<Xattr> set in XattrSets)
        {
            Append(hash, [set.Count]);
            foreach (Xattr xattr in set)
            {
                Append(hash, [xattr.Name.Length, xattr.Value.Length]);
                hash.AppendData(xattr.Name.Span);
                hash.AppendData(xattr.Value.Span);
            }
        }

        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<int> numbers) => hash.AppendData(MemoryMarshal.AsBytes(numbers));

    /// <summary>Hashes in portions, since a span of bytes has at most two gigabytes.</summary>
    internal static void AppendParts<T>(IncrementalHash hash, ReadOnlySpan<T> parts)
        where T : unmanaged
    {
        const int Portion = MostBytesHashedAtOnce / 64;
        for (int i = 0; i < parts.Length; i += Portion)
        {
            hash.AppendData(MemoryMarshal.AsBytes(parts[i..Math.Min(i + Portion, parts.Length)]));
        }
    }
}
