using Hearth.Containers;
using Hearth.Distribution.References;
using Hearth.Guest.Protocol.Messages;
using Hearth.Images.Making;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Docker.Images;

/// <summary>docker's <c>commit</c>: makes an image of a container.</summary>
internal static class CommitRoute
{
    public static void Map(IEndpointRouteBuilder routes, Engine engine) => routes.MapPost("/commit", context => CommitAsync(context, engine));

    private static async Task CommitAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Text(context, "container") ?? throw ApiException.BadRequest("container is missing: the container of which to make an image"));
        string? name = Answers.Text(context, "repo") is not { } repository ? null : Answers.Text(context, "tag") is { } tag ? $"{repository}:{tag}" : repository;
        CommitOptions options = new()
        {
            Author = Answers.Text(context, "author"),
            Message = Answers.Text(context, "comment"),
            Changes = [.. context.Request.Query["changes"].OfType<string>()],
            Configuration = await Answers.TryReadAsync(context, DockerJson.Default.ProcessConfiguration),
        };
        Digest id = await engine.Images.CommitAsync(container, name, options, layer => engine.Containers.ReadRootAsync(
            container.Id, container.Description.Image is null ? RootForm.Tree : RootForm.Layer, Answers.Switch(context, "pause", missing: true), layer, context.RequestAborted), context.RequestAborted);
        await Answers.JsonAsync(context, new CommitAnswer(id.ToString()), DockerJson.Default.CommitAnswer, StatusCodes.Status201Created);
    }
}

internal sealed record CommitAnswer(string Id);
