using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Images.Importing;

/// <summary>What a user chose about an image that is made of a file system's archive.</summary>
public sealed record ImportChoices
{
    /// <summary>Where the archive is from, for messages and for the image's history.</summary>
    public required string Origin { get; init; }

    /// <summary>Null for an image without a name.</summary>
    public ImageReference? Name { get; init; }

    public required Platform Platform { get; init; }

    /// <summary>Instructions of a Dockerfile.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>The comment in the image's history; null for one that names the origin.</summary>
    public string? Message { get; init; }

    public required DateTimeOffset Created { get; init; }
}
