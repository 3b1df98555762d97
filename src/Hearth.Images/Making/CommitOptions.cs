using Hearth.Distribution.Manifests;

namespace Hearth.Images.Making;

/// <summary>What a user says about an image that is made of a container.</summary>
public sealed record CommitOptions
{
    /// <summary>Such as <c>A. Name &lt;name@example.com&gt;</c>; null for none.</summary>
    public string? Author { get; init; }

    /// <summary>The comment of the new step in the image's history; null for none.</summary>
    public string? Message { get; init; }

    /// <summary>Defaults that replace the container's where they are set; null for none. The changes come after them.</summary>
    public ProcessConfiguration? Configuration { get; init; }

    /// <summary>Instructions of a Dockerfile that change the image's defaults.</summary>
    public IReadOnlyList<string> Changes { get; init => field = value ?? []; } = [];
}
