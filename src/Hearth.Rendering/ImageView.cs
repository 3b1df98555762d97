using System.Globalization;
using System.Text.Json.Serialization;
using Hearth.Client.Images;
using Hearth.Distribution.Manifests;

namespace Hearth.Rendering;

/// <summary>The output of <c>image inspect</c>; the names are docker's.</summary>
public sealed record ImageView
{
    public required string Id { get; init; }

    public required IReadOnlyList<string> RepoTags { get; init; }

    public required IReadOnlyList<string> RepoDigests { get; init; }

    public string Comment { get; init; } = "";

    public required string Created { get; init; }

    public string Author { get; init; } = "";

    public required ProcessConfiguration Config { get; init; }

    public required string Architecture { get; init; }

    public string? Variant { get; init; }

    public required string Os { get; init; }

    /// <summary>Of the uncompressed layers.</summary>
    public required long Size { get; init; }

    [JsonPropertyName("RootFS")]
    public required RootView RootFS { get; init; }

    public required ManifestView Manifest { get; init; }

    /// <param name="image">The image.</param>
    /// <param name="names">All names of the store.</param>
    /// <param name="manifest">Its manifest.</param>
    public static ImageView Of(ImageSummary image, IReadOnlyList<ImageSummary> names, ImageManifest manifest)
    {
        ImageSummary[] own = [.. names.Where(other => other.Id == image.Id && other.Reference is not null)];
        return new ImageView
        {
            Id = image.Id.ToString(),
            RepoTags = [.. own.Where(name => name.Reference!.Tag is not null).Select(name => name.Reference!.Familiar)],
            RepoDigests = [.. own.Where(name => name.Source is not null).Select(name => $"{name.Reference!.FamiliarRepository}@{name.Source}").Distinct()],
            Created = image.Configuration.Created?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) ?? "",
            Comment = image.Configuration.History is [.., { Comment: { } comment }] ? comment : "",
            Author = image.Configuration.Author ?? "",
            Config = image.Configuration.Config ?? new ProcessConfiguration(),
            Architecture = image.Configuration.Architecture,
            Variant = image.Configuration.Variant,
            Os = image.Configuration.Os,
            Size = image.SizeInBytes,
            RootFS = new RootView("layers", image.Configuration.Rootfs?.DiffIds ?? []),
            Manifest = new ManifestView(image.Manifest.DigestText, image.Manifest.MediaType, [.. manifest.Layers.Select(layer => new LayerView(layer.DigestText, layer.MediaType, layer.Size))]),
        };
    }

    public sealed record RootView(string Type, IReadOnlyList<string> Layers);

    /// <summary>The image as the registry has it, which docker does not show.</summary>
    public sealed record ManifestView(string Digest, string MediaType, IReadOnlyList<LayerView> Layers);

    public sealed record LayerView(string Digest, string MediaType, long Size);
}
