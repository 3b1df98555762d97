using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Distribution.Manifests;
using Hearth.Rendering;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Docker.Images;

/// <summary>Requests about images. Their names contain slashes, so what follows a name is split off here.</summary>
internal static class ImageRoutes
{
    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapGet("/images/json", context => ListAsync(context, engine));
        routes.MapPost("/images/create", context => TransferRoutes.CreateAsync(context, engine));
        routes.MapPost("/images/prune", context => PruneAsync(context, engine));
        routes.MapGet("/images/{**name}", context => ReadAsync(context, engine));
        routes.MapPost("/images/{**name}", context => ChangeAsync(context, engine));
        routes.MapDelete("/images/{**name}", context => RemoveAsync(context, engine));
    }

    private static async Task ListAsync(HttpContext context, Engine engine)
    {
        IReadOnlyList<ImageSummary> all = engine.Images.List();
        ImageFilter filter = ImageFilter.Parse(Answers.Filters(context), null, all, text => Moment.Parse(text, engine.Clock));
        ImageSummaryAnswer[] images = ImageUses.Summarize(all.Where(filter.Matches), engine, Answers.Switch(context, "shared-size"));
        images = HasVirtualSize(context) ? [.. images.Select(image => image with { VirtualSize = image.Size })] : images;
        await Answers.JsonAsync(context, images, DockerJson.Default.IReadOnlyListImageSummaryAnswer);
    }

    private static bool HasVirtualSize(HttpContext context) => DockerApi.MinorOf(context) < ImageSummaryAnswer.FirstMinorWithoutVirtualSize;

    private static async Task ReadAsync(HttpContext context, Engine engine)
    {
        (string name, string act) = Split(context);
        switch (act)
        {
            case "json":
                ImageSummary image = engine.Images.Find(name);
                ImageView view = ImageView.Of(image, engine.Images.List(), engine.Images.ReadManifest(image));
                await Answers.JsonAsync(context, ImageDetails.Of(view) with { VirtualSize = HasVirtualSize(context) ? view.Size : null }, DockerJson.Default.ImageDetails);
                break;
            case "history":
                await Answers.JsonAsync(context, HistoryOf(engine, name), DockerJson.Default.IReadOnlyListHistoryAnswer);
                break;
            case "get":
                await ArchiveRoutes.SaveAsync(context, engine, [name]);
                break;
            default:
                throw ApiException.NotFound($"page not found: there is no GET {context.Request.Path}");
        }
    }

    private static async Task ChangeAsync(HttpContext context, Engine engine)
    {
        (string name, string act) = Split(context);
        switch (act)
        {
            case "tag":
                string repository = Answers.Text(context, "repo") ?? throw ApiException.BadRequest("repo is missing: the image's new name");
                engine.Images.Tag(name, Answers.Text(context, "tag") is { } tag ? $"{repository}:{tag}" : repository);
                context.Response.StatusCode = StatusCodes.Status201Created;
                break;
            case "push":
                await TransferRoutes.PushAsync(context, engine, name);
                break;
            default:
                throw ApiException.NotFound($"page not found: there is no POST {context.Request.Path}");
        }
    }

    private static async Task RemoveAsync(HttpContext context, Engine engine)
    {
        RemovedImage removed = engine.Images.Remove(Answers.Route(context, "name"), Answers.Switch(context, "force"));
        await Answers.JsonAsync(context, Deletions(removed), DockerJson.Default.IReadOnlyListDictionaryStringString);
    }

    private static async Task PruneAsync(HttpContext context, Engine engine)
    {
        IReadOnlyList<string> filters = Answers.Filters(context);
        string[] selecting = [.. filters.Where(filter => !filter.StartsWith("dangling=", StringComparison.Ordinal))];
        RemovedImage removed = engine.Images.Prune(
            filters.Any(filter => filter is "dangling=false" or "dangling=0"), ImageFilter.ParseOfPrune(selecting, text => Moment.Parse(text, engine.Clock)).Matches);
        await Answers.JsonAsync(context, new ImagesPruneAnswer(Deletions(removed), removed.Bytes), DockerJson.Default.ImagesPruneAnswer);
    }

    private static Dictionary<string, string>[] Deletions(RemovedImage removed) =>
    [
        .. removed.Names.Select(name => new Dictionary<string, string> { ["Untagged"] = name }),
        .. removed.Id is { } id ? [new Dictionary<string, string> { ["Deleted"] = id.ToString() }] : Array.Empty<Dictionary<string, string>>(),
    ];

    private static HistoryAnswer[] HistoryOf(Engine engine, string name)
    {
        ImageSummary image = engine.Images.Find(name);
        Dictionary<HistoryEntry, long> sizes = engine.Images.ListLayers(image).Where(layer => layer.Step is not null).ToDictionary(layer => layer.Step!, layer => layer.SizeInBytes);
        HistoryEntry[] steps = [.. (image.Configuration.History ?? []).Reverse()];
        return [.. steps.Index().Select(step => new HistoryAnswer(
            step.Index == 0 ? image.Id.ToString() : "<missing>", step.Item.Created?.ToUnixTimeSeconds() ?? 0, step.Item.CreatedBy ?? "",
            step.Index == 0 && image.Reference is { } reference ? [reference.Familiar] : null, sizes.GetValueOrDefault(step.Item), step.Item.Comment ?? ""))];
    }

    /// <exception cref="ApiException">There is nothing after the name.</exception>
    private static (string Name, string Act) Split(HttpContext context)
    {
        string path = Answers.Route(context, "name");
        int slash = path.LastIndexOf('/');
        return slash > 0 ? (path[..slash], path[(slash + 1)..]) : throw ApiException.NotFound($"page not found: there is no {context.Request.Method} {context.Request.Path}");
    }
}
