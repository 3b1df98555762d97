namespace Hearth.Distribution.Manifests;

/// <summary>A list of manifests, one for each platform (image-spec, image-index.md; docker's manifest list).</summary>
public sealed record ImageIndex
{
    public int SchemaVersion { get; init; }

    public string? MediaType { get; init; }

    public string? ArtifactType { get; init; }

    public IReadOnlyList<Descriptor> Manifests { get; init => field = value ?? []; } = [];

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}
