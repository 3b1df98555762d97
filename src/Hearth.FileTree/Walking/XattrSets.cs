using System.Text;

namespace Hearth.FileTree.Walking;

/// <summary>The distinct sets of extended attributes of a tree. Thread-safe, with one lock, since few files have any.</summary>
internal sealed class XattrSets
{
    private readonly Lock gate = new();
    private readonly List<Xattr[]> sets = [];
    private readonly Dictionary<string, int> indexes = new(StringComparer.Ordinal);

    /// <summary>The number of the set; equal sets are stored once. -1 for an empty set.</summary>
    public int Intern(IEnumerable<Xattr> xattrs)
    {
        Xattr[] sorted = [.. xattrs];
        if (sorted.Length == 0)
        {
            return -1;
        }

        Array.Sort(sorted, (a, b) => a.Name.Span.SequenceCompareTo(b.Name.Span));
        string key = KeyOf(sorted);
        lock (gate)
        {
            if (!indexes.TryGetValue(key, out int index))
            {
                index = sets.Count;
                sets.Add(sorted);
                indexes.Add(key, index);
            }

            return index;
        }
    }

    public Xattr[][] ToArray() => [.. sets];

    /// <summary>A key that no other set has: names contain no NUL, and each value follows its length.</summary>
    private static string KeyOf(Xattr[] sorted)
    {
        var key = new StringBuilder();
        foreach (Xattr xattr in sorted)
        {
            key.Append(Encoding.Latin1.GetString(xattr.Name.Span)).Append('\0').Append(xattr.Value.Length).Append('\0').Append(Encoding.Latin1.GetString(xattr.Value.Span));
        }

        return key.ToString();
    }
}
