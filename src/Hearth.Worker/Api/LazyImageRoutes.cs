using Hearth.Images.Indexes;
using Hearth.Images.Traces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Api;

/// <summary>What makes starts of images lazy and fast: the indexes of their layers, and traces of what a start reads.</summary>
internal static class LazyImageRoutes
{
    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapGet($"{HearthApi.Prefix}/image-indexes", context => ListAsync(context, engine));
        routes.MapPost($"{HearthApi.Prefix}/image-indexes/push", context => PushAsync(context, engine));
        routes.MapGet($"{HearthApi.Prefix}/image-traces", context => ReadTraceAsync(context, engine));
        routes.MapDelete($"{HearthApi.Prefix}/image-traces", context => RemoveTraceAsync(context, engine));
    }

    private static Task ListAsync(HttpContext context, Engine engine)
    {
        LayerIndexAnswer[] layers = [.. engine.Images.ListIndexes(ImageOf(context)).Select(LayerIndexAnswer.Of)];
        return Answers.JsonAsync(context, layers, HearthJson.Default.IReadOnlyListLayerIndexAnswer);
    }

    private static async Task PushAsync(HttpContext context, Engine engine) =>
        await Answers.JsonAsync(
            context, new IndexPushAnswer(await engine.Images.PushIndexAsync(ImageOf(context), context.RequestAborted)), HearthJson.Default.IndexPushAnswer, StatusCodes.Status201Created);

    private static Task ReadTraceAsync(HttpContext context, Engine engine)
    {
        string image = ImageOf(context);
        ImageTrace trace = engine.Images.FindTrace(image)
            ?? throw ApiException.NotFound($"image '{image}' has no trace; a container that 'hearth run --record-trace' starts records one");
        return Answers.JsonAsync(context, trace, HearthJson.Default.ImageTrace);
    }

    private static Task RemoveTraceAsync(HttpContext context, Engine engine)
    {
        string image = ImageOf(context);
        return engine.Images.RemoveTrace(image) ? Answers.NoContentAsync(context) : throw ApiException.NotFound($"image '{image}' has no trace");
    }

    /// <summary>A name has slashes, so it is no part of the path.</summary>
    private static string ImageOf(HttpContext context) => Answers.Text(context, "image") ?? throw ApiException.BadRequest("image is missing: the name of an image of the store");
}

/// <summary>A layer's index.</summary>
/// <param name="Layer">The layer's digest.</param>
/// <param name="LayerBytes">The layer's compressed size.</param>
/// <param name="IndexBytes">The index's size.</param>
/// <param name="Useful">Whether a start with it is faster than without.</param>
internal sealed record LayerIndexAnswer(string Layer, long LayerBytes, long IndexBytes, bool Useful)
{
    public static LayerIndexAnswer Of(IndexedLayer layer) => new(layer.Layer.Digest.ToString(), layer.Layer.Size, layer.Size, layer.IsUseful);
}

/// <param name="Digest">Of the artifact with the indexes, in the image's registry.</param>
internal sealed record IndexPushAnswer(string Digest);
