using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Local;

/// <summary>An image in an OCI image layout (image-spec, image-layout.md), a directory or an archive.</summary>
/// <param name="name">As the user gave it.</param>
/// <param name="files">The layout.</param>
/// <param name="selects">Which of the layout's descriptors name the image. All of them must have one digest.</param>
internal sealed class LayoutImage(string name, ILocalFiles files, Func<Descriptor, bool> selects) : BlobFiles(name, files)
{
    public const string IndexFile = "index.json";

    /// <summary>The descriptor has a name, or no name is asked for: skopeo's <c>oci:DIRECTORY[:NAME]</c>.</summary>
    public static Func<Descriptor, bool> Named(string? image) => manifest =>
        image is null || Annotation(manifest, ImageAnnotations.ReferenceName) == image || Annotation(manifest, ImageAnnotations.ContainerdName) == image;

    /// <summary>Reads the layout's index.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="files">The layout.</param>
    /// <exception cref="ImageException">It cannot be read.</exception>
    public static ImageIndex ReadIndex(string name, ILocalFiles files)
    {
        byte[] bytes = LocalReading.ReadAll(name, files, IndexFile, ManifestReading.MostManifestBytes);
        return ManifestReading.ReadIndex(new Document(MediaTypes.OciIndex, Digest.Of(bytes), bytes));
    }

    /// <summary>The whole name of a layout's image: containerd's, or one with a slash or a tag of its own; null if it has none.</summary>
    public static ImageReference? NameOf(Descriptor manifest)
    {
        string? text = Annotation(manifest, ImageAnnotations.ContainerdName) ?? Annotation(manifest, ImageAnnotations.ReferenceName);
        return text is not null && text.AsSpan().ContainsAny('/', ':') && ImageReference.TryParse(text, out ImageReference? reference) && reference.Digest is null
            ? reference.WithDefaultTag()
            : null;
    }

    /// <summary>Where a layout has a blob; relative.</summary>
    public static string BlobPath(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";

    public override Task<Document> ReadNamedAsync(CancellationToken cancellationToken)
    {
        ImageIndex index = ReadIndex(Name, Files);
        Descriptor[] found = [.. index.Manifests.Where(selects).DistinctBy(manifest => manifest.Digest)];
        string names = string.Join(", ", index.Manifests.Select(manifest => Annotation(manifest, ImageAnnotations.ReferenceName)).OfType<string>());
        return found.Length switch
        {
            1 => ReadManifestAsync(found[0], cancellationToken),
            0 => throw new ImageException(ImageError.Unknown, $"cannot read '{Name}': the layout has no such image; it has {(names.Length == 0 ? "none with a name" : names)}"),
            _ => throw new ImageException(ImageError.InvalidRequest, $"cannot read '{Name}': the layout has {found.Length} images; name one of {names}"),
        };
    }

    protected override string PathOf(Digest digest) => BlobPath(digest);

    private static string? Annotation(Descriptor manifest, string key) =>
        manifest.Annotations is { } annotations && annotations.TryGetValue(key, out string? value) ? value : null;
}
