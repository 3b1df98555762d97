using Hearth.Client.Images;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Api;

/// <summary>What makes starts of images lazy and fast: the indexes of their layers, and traces of what a start reads.</summary>
internal static class LazyImageRoutes
{
    private const string Indexes = $"{HearthApi.Prefix}/image-indexes";
    private const string Traces = $"{HearthApi.Prefix}/image-traces";

    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        HostImages images = new(engine.Images, engine.Clock);
        routes.MapGet(Indexes, async context => await Answers.JsonAsync(
            context, await images.ListIndexesAsync(ImageOf(context), context.RequestAborted), ImagesJson.Default.IReadOnlyListLayerIndexEntry));
        routes.MapPost($"{Indexes}/push", async context => await Answers.JsonAsync(
            context, await images.PushIndexAsync(ImageOf(context), context.RequestAborted), ImagesJson.Default.PushedIndex, StatusCodes.Status201Created));
        routes.MapGet(Traces, async context => await Answers.JsonAsync(context, await images.ReadTraceAsync(ImageOf(context), context.RequestAborted), ImagesJson.Default.ImageTrace));
        routes.MapDelete(Traces, async context =>
        {
            await images.RemoveTraceAsync(ImageOf(context), context.RequestAborted);
            await Answers.NoContentAsync(context);
        });
    }

    /// <summary>A name has slashes, so it is no part of the path.</summary>
    private static string ImageOf(HttpContext context) => Answers.Text(context, "image") ?? throw ApiException.BadRequest("image is missing: the name of an image of the store");
}
