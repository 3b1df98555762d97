using System.Threading.Channels;
using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Images.Pulling;
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
        routes.MapPost("/images/create", context => PullAsync(context, engine));
        routes.MapPost("/images/prune", context => PruneAsync(context, engine));
        routes.MapGet("/images/{**name}", context => ReadAsync(context, engine));
        routes.MapPost("/images/{**name}", context => ChangeAsync(context, engine));
        routes.MapDelete("/images/{**name}", context => RemoveAsync(context, engine));
    }

    private static async Task ListAsync(HttpContext context, Engine engine)
    {
        IReadOnlyList<string> filters = Answers.Filters(context);
        string[] names = [.. filters.Where(filter => filter.StartsWith("reference=", StringComparison.Ordinal)).Select(filter => filter["reference=".Length..])];
        if (filters.FirstOrDefault(filter => !filter.StartsWith("reference=", StringComparison.Ordinal) && !filter.StartsWith("dangling=", StringComparison.Ordinal)) is { } unknown)
        {
            throw ApiException.BadRequest($"invalid filter '{unknown}': there are reference and dangling");
        }

        bool isDangling = filters.Contains("dangling=true");
        Dictionary<string, int> uses = engine.Containers.Store.List().Where(container => container.Description.Image is not null).CountBy(container => container.Description.Image!.Id).ToDictionary();
        ImageSummaryAnswer[] images =
        [
            .. engine.Images.List().GroupBy(image => image.Id)
                .Select(group => ImageSummaryAnswer.Of([.. group], uses.GetValueOrDefault(group.Key.ToString())))
                .Where(image => names.Length == 0 || names.Any(name => image.RepoTags.Any(tag => tag == name || tag.Split(':')[0] == name)))
                .Where(image => !isDangling || image.RepoTags.Count == 0),
        ];
        await Answers.JsonAsync(context, images, DockerJson.Default.IReadOnlyListImageSummaryAnswer);
    }

    private static async Task PullAsync(HttpContext context, Engine engine)
    {
        if (Answers.Text(context, "fromImage") is not { } name)
        {
            throw ApiException.NotImplemented("images are not imported by this request yet: use 'hearth import', or fromImage to pull one");
        }

        string? tag = Answers.Text(context, "tag");
        string image = tag is null ? name : tag.StartsWith("sha256:", StringComparison.Ordinal) ? $"{name}@{tag}" : $"{name}:{tag}";
        Platform? platform = Answers.Text(context, "platform") is { } text ? PlatformChoice.Parse(text) : null;
        context.Response.ContentType = "application/json";
        Channel<PullLine> lines = Channel.CreateUnbounded<PullLine>();
        lines.Writer.TryWrite(new PullLine { Status = $"Pulling from {name}", Id = tag ?? "latest" });
        Task<PulledImage> pull = Task.Run(() => engine.Images.PullAsync(image, platform, LazyMode.Never, progress => lines.Writer.TryWrite(PullLine.Of(progress)), context.RequestAborted));
        _ = pull.ContinueWith(_ => lines.Writer.Complete(), TaskScheduler.Default);
        await foreach (PullLine line in lines.Reader.ReadAllAsync(context.RequestAborted))
        {
            await Answers.LineAsync(context, line, DockerJson.Default.PullLine);
        }

        try
        {
            PulledImage pulled = await pull;
            await Answers.LineAsync(context, new PullLine { Status = $"Digest: {pulled.Source}" }, DockerJson.Default.PullLine);
            await Answers.LineAsync(context, new PullLine { Status = $"Status: {(pulled.IsNew ? "Downloaded newer image" : "Image is up to date")} for {image}" }, DockerJson.Default.PullLine);
        }
        catch (HearthException failure)
        {
            await Answers.LineAsync(context, PullLine.Failed(failure.Message), DockerJson.Default.PullLine);
        }
    }

    private static async Task ReadAsync(HttpContext context, Engine engine)
    {
        (string name, string act) = Split(context);
        switch (act)
        {
            case "json":
                ImageSummary image = engine.Images.Find(name);
                ImageView view = ImageView.Of(image, engine.Images.List(), engine.Images.ReadManifest(image));
                await Answers.JsonAsync(context, ImageDetails.Of(view), DockerJson.Default.ImageDetails);
                break;
            case "history":
                await Answers.JsonAsync(context, HistoryOf(engine, name), DockerJson.Default.IReadOnlyListHistoryAnswer);
                break;
            case "get":
                throw ApiException.NotImplemented("images are not saved by this request yet: use 'hearth save'");
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
                throw ApiException.NotImplemented("images are not pushed by this request yet: use 'hearth push'");
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
        RemovedImage removed = engine.Images.Prune(Answers.Filters(context).Any(filter => filter is "dangling=false" or "dangling=0"));
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
