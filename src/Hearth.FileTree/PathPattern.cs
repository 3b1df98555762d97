using System.Text;

namespace Hearth.FileTree;

/// <summary>
/// A path below a root with wildcards: <c>?</c> for one byte and <c>*</c> for any bytes within a name, <c>**</c> as a whole
/// name for any number of names. Patterns are compared as bytes, from the root on; leading and trailing slashes are ignored.
/// </summary>
public sealed class PathPattern
{
    private static readonly byte[] AnyNames = "**"u8.ToArray();

    private readonly byte[][] parts;

    public PathPattern(string pattern) =>
        parts = [.. pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").Select(Encoding.UTF8.GetBytes)];

    /// <summary>Whether the pattern matches the whole path.</summary>
    /// <param name="path">Names joined by '/', without a leading slash.</param>
    public bool Matches(ReadOnlySpan<byte> path) => Match(path, parts, prefixSuffices: false);

    /// <summary>Whether something beneath the path could match.</summary>
    public bool MayMatchBeneath(ReadOnlySpan<byte> path) => Match(path, parts, prefixSuffices: true);

    private static bool Match(ReadOnlySpan<byte> path, ReadOnlySpan<byte[]> parts, bool prefixSuffices)
    {
        if (path.IsEmpty)
        {
            return prefixSuffices ? !parts.IsEmpty : AreAllAnyNames(parts);
        }

        if (parts.IsEmpty)
        {
            return false;
        }

        int slash = path.IndexOf((byte)'/');
        ReadOnlySpan<byte> name = slash < 0 ? path : path[..slash];
        ReadOnlySpan<byte> rest = slash < 0 ? default : path[(slash + 1)..];
        if (parts[0].AsSpan().SequenceEqual(AnyNames))
        {
            return Match(path, parts[1..], prefixSuffices) || Match(rest, parts, prefixSuffices);
        }

        return MatchName(name, parts[0]) && Match(rest, parts[1..], prefixSuffices);
    }

    private static bool AreAllAnyNames(ReadOnlySpan<byte[]> parts)
    {
        foreach (byte[] part in parts)
        {
            if (!part.AsSpan().SequenceEqual(AnyNames))
            {
                return false;
            }
        }

        return true;
    }

    // Remembers the last star. If a later byte does not match, that star takes one byte more.
    private static bool MatchName(ReadOnlySpan<byte> name, ReadOnlySpan<byte> pattern)
    {
        int at = 0;
        int inPattern = 0;
        int afterStar = -1;
        int starEnd = 0;
        while (at < name.Length)
        {
            if (inPattern < pattern.Length && pattern[inPattern] == '*')
            {
                afterStar = ++inPattern;
                starEnd = at;
            }
            else if (inPattern < pattern.Length && (pattern[inPattern] == '?' || pattern[inPattern] == name[at]))
            {
                inPattern++;
                at++;
            }
            else if (afterStar >= 0)
            {
                inPattern = afterStar;
                at = ++starEnd;
            }
            else
            {
                return false;
            }
        }

        return pattern[inPattern..].IndexOfAnyExcept((byte)'*') < 0;
    }
}
