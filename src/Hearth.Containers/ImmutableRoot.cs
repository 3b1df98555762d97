using System.Diagnostics.CodeAnalysis;

namespace Hearth.Containers;

/// <summary>A root that does not change. A cache that has its tree need not walk it again.</summary>
/// <param name="Digest">
/// Identifies the tree, as an image's digest does: two directories with the same digest are the same tree, wherever they are
/// mounted. Null for a directory that is unchanged only at its own path.
/// </param>
public sealed record ImmutableRoot(string? Digest)
{
    private const int LeastHexDigits = 32;

    /// <summary>Parses a digest in the form of the OCI image specification (image-spec, descriptor.md): <c>sha256:5891b5b5…</c>.</summary>
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
