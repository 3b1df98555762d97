using System.Diagnostics.CodeAnalysis;

namespace Hearth.Containers;

/// <summary>A root that does not change, so that it need not be walked when a cache knows it.</summary>
/// <param name="Digest">
/// Names the tree, as an image's digest does: two directories of the same digest are the same tree, wherever they are mounted.
/// Null for a directory that stays the same in its place.
/// </param>
public sealed record ImmutableRoot(string? Digest)
{
    private const int LeastHexDigits = 32;

    /// <summary>Takes a digest as the OCI image specification writes them (image-spec, descriptor.md): <c>sha256:5891b5b5…</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ImmutableRoot? immutable)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        bool isDigest = colon > 0
            && text[..colon].All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '.' or '_' or '-')
            && text.Length - colon > LeastHexDigits
            && text[(colon + 1)..].All(char.IsAsciiHexDigitLower);
        immutable = isDigest ? new ImmutableRoot(text) : null;
        return isDigest;
    }
}
