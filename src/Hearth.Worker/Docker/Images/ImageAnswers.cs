using System.Text.Json.Serialization;
using Hearth.Client.Images;
using Hearth.Distribution.Manifests;
using Hearth.Rendering;

namespace Hearth.Worker.Docker.Images;

/// <summary>An image in docker's list.</summary>
internal sealed record ImageSummaryAnswer
{
    public required string Id { get; init; }

    public string ParentId { get; init; } = "";

    public required IReadOnlyList<string> RepoTags { get; init; }

    public required IReadOnlyList<string> RepoDigests { get; init; }

    public required long Created { get; init; }

    public required long Size { get; init; }

    /// <summary>Only for clients of versions before <see cref="FirstMinorWithoutVirtualSize"/>.</summary>
    public long? VirtualSize { get; init; }

    public required long SharedSize { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required int Containers { get; init; }

    /// <summary>The first minor version whose images have no second size.</summary>
    public const int FirstMinorWithoutVirtualSize = 44;

    /// <summary>docker's word for a size that was not asked for.</summary>
    public const long NotCounted = -1;

    public static ImageSummaryAnswer Of(IReadOnlyList<ImageSummary> names, int containers, long sharedSize)
    {
        ImageSummary image = names[0];
        return new ImageSummaryAnswer
        {
            Id = image.Id.ToString(),
            RepoTags = [.. names.Where(name => name.Reference?.Tag is not null).Select(name => name.Reference!.Familiar)],
            RepoDigests = [.. names.Where(name => name is { Source: not null, Reference: not null }).Select(name => $"{name.Reference!.FamiliarRepository}@{name.Source}").Distinct()],
            Created = image.Configuration.Created?.ToUnixTimeSeconds() ?? 0,
            Size = image.SizeInBytes,
            SharedSize = sharedSize,
            Labels = image.Configuration.Config?.Labels ?? new Dictionary<string, string>(),
            Containers = containers,
        };
    }
}

/// <summary>docker's <c>GET /images/{name}/json</c>.</summary>
internal sealed record ImageDetails
{
    public required string Id { get; init; }

    public required IReadOnlyList<string> RepoTags { get; init; }

    public required IReadOnlyList<string> RepoDigests { get; init; }

    public string Parent { get; init; } = "";

    /// <summary>Of the newest layer, as <c>docker commit -m</c> sets it.</summary>
    public required string Comment { get; init; }

    public required string Created { get; init; }

    public string DockerVersion { get; init; } = "";

    public required string Author { get; init; }

    public required ProcessConfiguration Config { get; init; }

    public required string Architecture { get; init; }

    public string? Variant { get; init; }

    public required string Os { get; init; }

    public required long Size { get; init; }

    /// <summary>As in <see cref="ImageSummaryAnswer.VirtualSize"/>.</summary>
    public long? VirtualSize { get; init; }

    public GraphDriver GraphDriver { get; init; } = new("hearth", new Dictionary<string, string>());

    public required ImageView.RootView RootFS { get; init; }

    public static ImageDetails Of(ImageView view) => new()
    {
        Id = view.Id,
        RepoTags = view.RepoTags,
        RepoDigests = view.RepoDigests,
        Comment = view.Comment,
        Created = view.Created,
        Author = view.Author,
        Config = view.Config,
        Architecture = view.Architecture,
        Variant = view.Variant,
        Os = view.Os,
        Size = view.Size,
        RootFS = view.RootFS,
    };
}

internal sealed record GraphDriver(string Name, IReadOnlyDictionary<string, string> Data);

internal sealed record HistoryAnswer(
    string Id, long Created, string CreatedBy, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] IReadOnlyList<string>? Tags, long Size, string Comment);

internal sealed record ImagesPruneAnswer(IReadOnlyList<IReadOnlyDictionary<string, string>> ImagesDeleted, long SpaceReclaimed);
