using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Images.Making;
using Hearth.Images.Pulling;
using Hearth.Images.Saving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Api;

/// <summary>Images as Hearth stores them, and what comes and goes: pulls, pushes, archives.</summary>
internal static class ImageStoreRoutes
{
    private const string Images = $"{HearthApi.Prefix}/images";

    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        HostImages images = new(engine.Images, engine.Clock);
        routes.MapGet(Images, async context => await Answers.JsonAsync(context, await images.ListAsync(context.RequestAborted), ImagesJson.Default.IReadOnlyListImageSummary));
        routes.MapDelete(Images, async context => await Answers.JsonAsync(
            context, await images.RemoveAsync(Require(context, "image"), Answers.Switch(context, "force"), context.RequestAborted), ImagesJson.Default.RemovedImage));
        routes.MapGet($"{Images}/detail", async context => await Answers.JsonAsync(context, await images.ReadAsync(Require(context, "image"), context.RequestAborted), ImagesJson.Default.ImageDetail));
        routes.MapGet($"{Images}/tags", async context => await Answers.JsonAsync(context, await images.ListTagsAsync(Require(context, "image"), context.RequestAborted), ImagesJson.Default.IReadOnlyListString));
        routes.MapPost($"{Images}/tag", context => TagAsync(context, images));
        routes.MapPost($"{Images}/prune", context => PruneAsync(context, images));
        routes.MapPost($"{Images}/pull", context => PullAsync(context, images, engine));
        routes.MapPost($"{Images}/push", context => PushAsync(context, images, engine));
        routes.MapGet($"{Images}/archive", context => SaveAsync(context, images));
        routes.MapPost($"{Images}/load", context => LoadAsync(context, images, engine));
        routes.MapPost($"{Images}/import", context => ImportAsync(context, images, engine));
        routes.MapPost($"{HearthApi.Prefix}/containers/{{container}}/commit", context => CommitAsync(context, images, engine));
    }

    private static async Task TagAsync(HttpContext context, HostImages images)
    {
        await images.TagAsync(Require(context, "image"), Require(context, "name"), context.RequestAborted);
        await Answers.NoContentAsync(context);
    }

    private static async Task PruneAsync(HttpContext context, HostImages images)
    {
        PruneRequest request = await Answers.ReadAsync(context, ImagesJson.Default.PruneRequest);
        RemovedImage removed = await images.PruneAsync(request.All, image => request.Manifests?.Contains(image.Manifest.Digest) == true, context.RequestAborted);
        await Answers.JsonAsync(context, removed, ImagesJson.Default.RemovedImage);
    }

    private static Task PullAsync(HttpContext context, HostImages images, Engine engine)
    {
        string image = Require(context, "image");
        Platform? platform = ReadPlatform(context);
        LazyMode lazy = ReadWord(context, "lazy", LazyMode.Never);
        return TransferAnswer.WriteAsync(context, engine, async report => new TransferStep
        {
            Pulled = await images.PullAsync(image, platform, lazy, layer => report(new TransferStep { Layer = layer }), context.RequestAborted),
        });
    }

    private static Task PushAsync(HttpContext context, HostImages images, Engine engine)
    {
        string image = Require(context, "image");
        return TransferAnswer.WriteAsync(context, engine, async report => new TransferStep
        {
            Pushed = await images.PushAsync(image, (blob, writing) => report(new TransferStep { Blob = blob, Writing = writing }), context.RequestAborted),
        });
    }

    /// <summary>Sends an archive of images. The status comes with its first bytes.</summary>
    private static async Task SaveAsync(HttpContext context, HostImages images)
    {
        string[] names = [.. context.Request.Query["image"].OfType<string>()];
        ArchiveFormat format = ReadWord(context, "format", ArchiveFormat.DockerArchive);
        Platform? platform = ReadPlatform(context);
        context.Response.ContentType = "application/x-tar";
        await Task.Run(() => images.SaveAsync(names, format, platform, context.Response.BodyWriter.AsStream(), context.RequestAborted));
    }

    private static Task LoadAsync(HttpContext context, HostImages images, Engine engine)
    {
        Platform? platform = ReadPlatform(context);
        return TransferAnswer.WriteAsync(context, engine, async report => new TransferStep
        {
            Loaded = await images.LoadAsync(null, context.Request.Body, platform, layer => report(new TransferStep { Layer = layer }), context.RequestAborted),
        });
    }

    private static Task ImportAsync(HttpContext context, HostImages images, Engine engine)
    {
        string origin = Require(context, "origin");
        string[] changes = [.. context.Request.Query["change"].OfType<string>()];
        Platform? platform = ReadPlatform(context);
        return TransferAnswer.WriteAsync(context, engine, async _ => new TransferStep
        {
            Imported = await images.ImportAsync(
                origin, context.Request.Body, Answers.Text(context, "name"), changes, Answers.Text(context, "message"), platform, context.RequestAborted),
        });
    }

    private static async Task CommitAsync(HttpContext context, HostImages images, Engine engine)
    {
        CommitRequest request = await Answers.ReadAsync(context, ImagesJson.Default.CommitRequest);
        Container container = engine.Resolve(Answers.Route(context, "container"));
        CommittedImage committed = await images.CommitAsync(engine.Containers, container, request.Name, request.Options ?? new CommitOptions(), request.Pauses, context.RequestAborted);
        await Answers.JsonAsync(context, committed, ImagesJson.Default.CommittedImage, StatusCodes.Status201Created);
    }

    private static Platform? ReadPlatform(HttpContext context) => Answers.Text(context, "platform") is { } text ? PlatformChoice.Parse(text) : null;

    private static T ReadWord<T>(HttpContext context, string name, T usual)
        where T : struct, Enum =>
        Answers.Text(context, name) is not { } text ? usual
        : Enum.TryParse(text, ignoreCase: true, out T word) && Enum.IsDefined(word) ? word
        : throw ApiException.BadRequest($"{name} must be one of {string.Join(", ", Enum.GetNames<T>())}");

    private static string Require(HttpContext context, string name) => Answers.Text(context, name) ?? throw ApiException.BadRequest($"{name} is missing");
}
