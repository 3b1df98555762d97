namespace Hearth.Distribution.References;

/// <summary>
/// What a user names as an image: a name, or a place by skopeo's transport words. A transport's word wins over an image of
/// that name: such an image is written with its host, as in <c>docker.io/library/oci:latest</c>.
/// </summary>
public sealed record ImageLocation
{
    private const string RegistryPrefix = "docker://";

    private static readonly Dictionary<string, ImageTransport> transports = new()
    {
        ["oci"] = ImageTransport.OciDirectory,
        ["oci-archive"] = ImageTransport.OciArchive,
        ["docker-archive"] = ImageTransport.DockerArchive,
        ["dir"] = ImageTransport.Directory,
        ["containers-storage"] = ImageTransport.ContainersStorage,
        ["docker-daemon"] = ImageTransport.DockerDaemon,
        ["containerd"] = ImageTransport.Containerd,
    };

    /// <summary>Words of skopeo's that Hearth does not know; they are no names of images.</summary>
    private static readonly string[] foreign = ["ostree", "sif", "tarball", "atomic"];

    private ImageLocation(ImageTransport transport, ImageReference? reference, string path, string? name)
    {
        Transport = transport;
        Reference = reference;
        Path = path;
        Name = name;
    }

    public ImageTransport Transport { get; }

    /// <summary>Set for a registry's image, and for an archive of docker's if one is named.</summary>
    public ImageReference? Reference { get; }

    /// <summary>The directory or file, or the name in another program's store; empty for a registry.</summary>
    public string Path { get; }

    /// <summary>Which image of an OCI layout: the value of its annotation org.opencontainers.image.ref.name. Null where none is named.</summary>
    public string? Name { get; }

    /// <exception cref="ImageException">It names no image.</exception>
    public static ImageLocation Parse(string text)
    {
        if (text.StartsWith(RegistryPrefix, StringComparison.Ordinal))
        {
            return OfRegistry(text[RegistryPrefix.Length..]);
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string word = colon < 0 ? "" : text[..colon];
        return transports.TryGetValue(word, out ImageTransport transport) ? transport >= ImageTransport.ContainersStorage
                ? OfStore(text, transport, text[(colon + 1)..])
                : OfPath(text, transport, text[(colon + 1)..])
            : foreign.Contains(word) ? throw Invalid(ImageError.Unsupported, text, $"Hearth does not read '{word}:'; copy the image with 'skopeo copy {text} oci:DIRECTORY'")
            : OfRegistry(text);
    }

    /// <summary>As a user writes it.</summary>
    public override string ToString() => Transport switch
    {
        ImageTransport.Registry => IsWord(Reference!.Familiar) ? Reference.ToString() : Reference.Familiar,
        _ => $"{transports.First(known => known.Value == Transport).Key}:{Path}{((Reference?.Familiar ?? Name) is { } name ? ":" + name : "")}",
    };

    private static bool IsWord(string text)
    {
        string first = text.Split(':')[0];
        return transports.ContainsKey(first) || foreign.Contains(first);
    }

    private static ImageLocation OfRegistry(string text) => new(ImageTransport.Registry, ImageReference.Parse(text), "", null);

    private static ImageLocation OfPath(string text, ImageTransport transport, string rest)
    {
        int colon = transport == ImageTransport.Directory ? -1 : rest.IndexOf(':', StringComparison.Ordinal);
        string path = colon < 0 ? rest : rest[..colon];
        string? name = colon < 0 ? null : rest[(colon + 1)..];
        if (path.Length == 0)
        {
            throw Invalid(ImageError.InvalidRequest, text, "it names no path");
        }

        if (name is { Length: 0 })
        {
            throw Invalid(ImageError.InvalidRequest, text, "the name after the path is empty");
        }

        if (name is { Length: > 0 } && name.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter)))
        {
            throw Invalid(ImageError.InvalidRequest, text, "the name after the path has a space or a control character");
        }

        return transport == ImageTransport.DockerArchive
            ? new ImageLocation(transport, name is null ? null : ImageReference.Parse(name).WithDefaultTag(), path, null)
            : new ImageLocation(transport, null, path, name);
    }

    /// <summary>A name or an id as the other program takes it, which may complete it in its own way.</summary>
    private static ImageLocation OfStore(string text, ImageTransport transport, string rest)
    {
        if (rest.Length == 0)
        {
            throw Invalid(ImageError.InvalidRequest, text, "it names no image");
        }

        if (!Digest.TryParse($"sha256:{rest}", out _))
        {
            _ = ImageReference.Parse(rest);
        }

        return new ImageLocation(transport, null, rest, null);
    }

    private static ImageException Invalid(ImageError error, string text, string cause) => new(error, $"cannot use the image '{text}': {cause}");
}
