using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Local;

/// <summary>An image in an OCI image layout (image-spec, image-layout.md): skopeo's <c>oci:DIRECTORY[:NAME]</c>.</summary>
/// <param name="directory">The layout.</param>
/// <param name="image">The value of the annotation org.opencontainers.image.ref.name; null for the only image.</param>
internal sealed class LayoutDirectory(string directory, string? image) : BlobFiles(
    image is null ? $"oci:{directory}" : $"oci:{directory}:{image}", digest => Path.Combine(directory, "blobs", digest.Algorithm, digest.Hex))
{
    private const string NameAnnotation = "org.opencontainers.image.ref.name";

    public override Task<Document> ReadNamedAsync(CancellationToken cancellationToken)
    {
        byte[] bytes = ReadAll(Path.Combine(directory, "index.json"), ManifestReading.MostManifestBytes);
        ImageIndex index = ManifestReading.ReadIndex(new Document(MediaTypes.OciIndex, Digest.Of(bytes), bytes));
        Descriptor[] found = [.. index.Manifests.Where(manifest => image is null || NameOf(manifest) == image)];
        string names = string.Join(", ", index.Manifests.Select(NameOf).OfType<string>());
        return found.Length switch
        {
            1 => ReadManifestAsync(found[0], cancellationToken),
            0 => throw new ImageException(ImageError.Unknown, $"cannot read '{Name}': the layout has no such image; it has {(names.Length == 0 ? "none with a name" : names)}"),
            _ => throw new ImageException(ImageError.InvalidRequest, $"cannot read '{Name}': the layout has {found.Length} images; name one of {names}"),
        };
    }

    private static string? NameOf(Descriptor manifest) =>
        manifest.Annotations is { } annotations && annotations.TryGetValue(NameAnnotation, out string? name) ? name : null;
}
