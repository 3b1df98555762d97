namespace Hearth.Distribution.Manifests;

/// <summary>An image for one platform: its configuration and layers (image-spec, manifest.md; docker's schema 2).</summary>
public sealed record ImageManifest
{
    public int SchemaVersion { get; init; }

    public string? MediaType { get; init; }

    public string? ArtifactType { get; init; }

    public Descriptor? Config { get; init; }

    /// <summary>The lowest layer first.</summary>
    public IReadOnlyList<Descriptor> Layers { get; init => field = value ?? []; } = [];

    /// <summary>The manifest that this one belongs to, such as an index that belongs to an image.</summary>
    public Descriptor? Subject { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}
