using Hearth.Client.Images;
using Hearth.Images.Saving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Docker.Images;

/// <summary>docker's <c>save</c> and <c>load</c>.</summary>
internal static class ArchiveRoutes
{
    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapGet("/images/get", context => SaveAsync(context, engine, [.. context.Request.Query["names"].OfType<string>().SelectMany(names => names.Split(',')).Where(name => name.Length > 0)]));
        routes.MapPost("/images/load", context => LoadAsync(context, engine));
    }

    /// <summary>Sends an archive of images. The status comes with its first bytes.</summary>
    public static async Task SaveAsync(HttpContext context, Engine engine, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            throw ApiException.BadRequest("names is missing: the images to save");
        }

        context.Response.ContentType = "application/x-tar";
        Stream body = context.Response.BodyWriter.AsStream();
        await Task.Run(() => new ImageArchives(engine.Images, engine.Clock).Save(names, ArchiveFormat.DockerArchive, platform: null, body, context.RequestAborted));
    }

    private static Task LoadAsync(HttpContext context, Engine engine)
    {
        bool isQuiet = Answers.Switch(context, "quiet");
        return ProgressAnswer.WriteAsync(context, engine, async report =>
        {
            IReadOnlyList<LoadedImage> loaded = await new ImageArchives(engine.Images, engine.Clock).LoadAsync(null, context.Request.Body, null, progress =>
            {
                if (!isQuiet)
                {
                    report(TransferLine.Of(progress));
                }
            }, context.RequestAborted);
            foreach (LoadedImage image in loaded)
            {
                foreach (string text in image.Names.Count > 0 ? image.Names.Select(name => $"Loaded image: {name.Familiar}") : [$"Loaded image ID: {image.Id}"])
                {
                    report(new TransferLine { Stream = $"{text}\n" });
                }
            }
        });
    }
}
