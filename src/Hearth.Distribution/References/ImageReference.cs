namespace Hearth.Distribution.References;

/// <summary>
/// A name of an image, by docker's grammar: <c>[HOST[:PORT]/]PATH[:TAG][@DIGEST]</c>. A first component without a dot or a
/// colon, in lower case and other than <c>localhost</c>, belongs to the path, and the host is docker.io, whose paths of one
/// component begin with <c>library/</c>. <see cref="Parse"/> gives the full form.
/// </summary>
public sealed record ImageReference
{
    /// <summary>The host of names without one.</summary>
    public const string DefaultHost = "docker.io";

    private const string DefaultTag = "latest";
    private const string DefaultPathPrefix = "library/";

    /// <summary>The grammar's limit for host and path together.</summary>
    private const int LongestName = 255;

    private ImageReference(string host, string path, string? tag, Digest? digest)
    {
        Host = host;
        Path = path;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>The registry, with its port if the name has one.</summary>
    public string Host { get; }

    /// <summary>The repository's name in the registry.</summary>
    public string Path { get; }

    /// <summary>Null where the name has none.</summary>
    public string? Tag { get; }

    /// <summary>Decides what is read; a tag beside it is only shown.</summary>
    public Digest? Digest { get; }

    /// <summary>Host and path.</summary>
    public string Repository => $"{Host}/{Path}";

    /// <summary>What a request for the manifest names: the digest, else the tag, else <c>latest</c>.</summary>
    public string Target => Digest?.ToString() ?? Tag ?? DefaultTag;

    /// <summary>As docker shows it: without what it would add. A name that would read as an image's ID stays whole.</summary>
    public string Familiar => Suffix.Length == 0 && ReferenceGrammar.IsId(FamiliarRepository) ? Repository : FamiliarRepository + Suffix;

    /// <summary><see cref="Repository"/> as docker shows it.</summary>
    public string FamiliarRepository => Host != DefaultHost ? Repository
        : Path.StartsWith(DefaultPathPrefix, StringComparison.Ordinal) && !Path.AsSpan(DefaultPathPrefix.Length).Contains('/') ? Path[DefaultPathPrefix.Length..]
        : Path;

    private string Suffix => (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);

    /// <summary>Reads a name as a user types it.</summary>
    /// <exception cref="ImageException">It is not a name of an image.</exception>
    public static ImageReference Parse(string text)
    {
        string rest = text;
        Digest? digest = TakeDigest(text, ref rest);
        string? tag = TakeTag(text, ref rest);
        if (digest is null && tag is null && ReferenceGrammar.IsId(rest))
        {
            throw Invalid(text, "64 hexadecimal digits are an image's ID");
        }

        (string host, string path) = Split(rest);
        RefuseWrongName(text, host, path);
        return new ImageReference(host, path, tag, digest);
    }

    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ImageReference? reference)
    {
        try
        {
            reference = Parse(text);
            return true;
        }
        catch (ImageException)
        {
            reference = null;
            return false;
        }
    }

    /// <summary>The same name with the tag <c>latest</c>, if it has neither tag nor digest.</summary>
    public ImageReference WithDefaultTag() => Tag is null && Digest is null ? new ImageReference(Host, Path, DefaultTag, null) : this;

    /// <summary>Another image of the repository.</summary>
    /// <exception cref="ImageException">It is not a tag.</exception>
    public ImageReference WithTag(string tag) => ReferenceGrammar.IsTag(tag)
        ? new ImageReference(Host, Path, tag, null)
        : throw Invalid($"{Familiar}:{tag}", $"'{tag}' is not a tag");

    /// <summary>Another image of the repository.</summary>
    public ImageReference WithDigest(Digest digest) => new(Host, Path, null, digest);

    /// <summary>The full form.</summary>
    public override string ToString() => Repository + Suffix;

    private static Digest? TakeDigest(string text, ref string rest)
    {
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        string written = rest[(at + 1)..];
        rest = rest[..at];
        return References.Digest.TryParse(written, out Digest digest)
            ? digest
            : throw Invalid(text, $"'{written}' is not a digest; use sha256: and 64 lower-case hexadecimal digits");
    }

    private static string? TakeTag(string text, ref string rest)
    {
        int colon = rest.LastIndexOf(':');
        if (colon < 0 || rest.AsSpan(colon).ContainsAny('/', ']'))
        {
            return null;
        }

        string tag = rest[(colon + 1)..];
        rest = rest[..colon];
        return ReferenceGrammar.IsTag(tag)
            ? tag
            : throw Invalid(text, $"'{tag}' is not a tag; use at most 128 letters, digits, '_', '.' and '-', none of the last two first");
    }

    private static (string Host, string Path) Split(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string first = slash < 0 ? "" : name[..slash];
        bool hasHost = first.AsSpan().ContainsAny('.', ':') || first == "localhost" || first.Any(char.IsAsciiLetterUpper);
        (string host, string path) = hasHost ? (first, name[(slash + 1)..]) : (DefaultHost, name);
        host = host == "index.docker.io" ? DefaultHost : host;
        return host == DefaultHost && !path.Contains('/', StringComparison.Ordinal) ? (host, DefaultPathPrefix + path) : (host, path);
    }

    private static void RefuseWrongName(string text, string host, string path)
    {
        if (path is "" or DefaultPathPrefix)
        {
            throw Invalid(text, "it has no repository");
        }

        if (!ReferenceGrammar.IsHost(host))
        {
            throw Invalid(text, $"'{host}' is not a registry's host name");
        }

        if (path.Any(char.IsAsciiLetterUpper))
        {
            throw Invalid(text, "a repository's name is in lower case");
        }

        if (!path.Split('/').All(ReferenceGrammar.IsPathComponent))
        {
            throw Invalid(text, "a repository's name has lower-case letters and digits, with '.', '_', '__' or '-' only between them");
        }

        if (host.Length + 1 + path.Length > LongestName)
        {
            throw Invalid(text, $"host and repository have more than {LongestName} characters");
        }
    }

    private static ImageException Invalid(string text, string cause) => new(ImageError.InvalidRequest, $"cannot use the image name '{text}': {cause}");
}
