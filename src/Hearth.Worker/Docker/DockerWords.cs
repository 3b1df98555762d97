using Hearth.Containers;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Docker;

/// <summary>docker's own sentences for errors by which its clients and scripts decide what they do.</summary>
internal static class DockerWords
{
    /// <summary>The product in the User-Agent of Hearth's own client, whose users know Hearth's sentences.</summary>
    private const string OwnAgent = "hearth";

    /// <returns>Null if docker has no sentence for it, or the client is Hearth's own.</returns>
    public static string? TryFind(HearthError error, HttpContext context, Engine engine)
    {
        if (context.Request.Headers.UserAgent.ToString() == OwnAgent)
        {
            return null;
        }

        string[] path = (context.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (error, path) switch
        {
            (HearthError.ContainerUnknown, ["containers", ..]) when Route("id") is { } id => $"No such container: {id}",
            (HearthError.ImageUnknown, ["images", ..]) when Name() is { } image => $"No such image: {image}",
            (HearthError.NetworkUnknown, ["networks", ..]) when Route("id") is { } id => $"network {id} not found",
            (HearthError.VolumeUnknown, ["volumes", ..]) when Route("name") is { } name => $"get {name}: no such volume",
            (HearthError.NameTaken, ["containers", ..]) when Holder() is { } holder =>
                $"Conflict. The container name \"/{holder.Name}\" is already in use by container \"{holder.Id}\". You have to remove (or rename) that container to be able to reuse that name.",
            _ => null,
        };

        string? Route(string part) => context.Request.RouteValues.GetValueOrDefault(part) as string;

        // After the name follows what to do with the image, unless it is to be removed.
        string? Name() => Route("name") is not { } text || path[^1] == "push" ? null
            : HttpMethods.IsDelete(context.Request.Method) ? text
            : text[..text.LastIndexOf('/')];

        Container? Holder() => Answers.Text(context, "name")?.TrimStart('/') is { } name ? engine.Containers.Store.List().FirstOrDefault(container => container.Name == name) : null;
    }
}
