using Hearth.Client.Images;
using Hearth.Worker.Docker.Containers;
using Hearth.Worker.Docker.Images;
using Hearth.Worker.Docker.Volumes;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Docker.Daemon;

/// <summary>docker's <c>system/df</c>.</summary>
internal static class DiskUsageRoute
{
    private static readonly string[] known = ["container", "image", "volume", "build-cache"];

    public static async Task AnswerAsync(HttpContext context, Engine engine)
    {
        string[] types = [.. context.Request.Query["type"].OfType<string>()];
        if (types.FirstOrDefault(type => !known.Contains(type)) is { } unknown)
        {
            throw ApiException.BadRequest($"unknown object type: {unknown}; there are {string.Join(", ", known)}");
        }

        IReadOnlyList<ImageSummary> images = engine.Images.List();
        DiskUsageAnswer answer = new()
        {
            LayersSize = images.DistinctBy(image => image.Id).SelectMany(engine.Images.ListLayers).DistinctBy(layer => layer.Layer.Digest).Sum(layer => layer.SizeInBytes),
            Images = Has("image") ? ImageUses.Summarize(images, engine, hasSharedSizes: true) : null,
            Containers = Has("container") ? ContainerRoutes.Summarize(engine.Containers.Store.List(), engine, hasSizes: true) : null,
            Volumes = Has("volume") ? [.. engine.Volumes.List().Select(VolumeAnswer.Of)] : null,
            BuildCache = Has("build-cache") ? [] : null,
        };
        await Answers.JsonAsync(context, answer, DockerJson.Default.DiskUsageAnswer);

        bool Has(string type) => types.Length == 0 || types.Contains(type);
    }
}

internal sealed record DiskUsageAnswer
{
    public required long LayersSize { get; init; }

    public required IReadOnlyList<ImageSummaryAnswer>? Images { get; init; }

    public required IReadOnlyList<ContainerSummary>? Containers { get; init; }

    public required IReadOnlyList<VolumeAnswer>? Volumes { get; init; }

    /// <summary>Images are not built here.</summary>
    public required IReadOnlyList<EmptyAnswer>? BuildCache { get; init; }
}
