using System.Text;
using System.Text.Json;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Messages;
using Hearth.Rendering;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's <c>cp</c>: paths of a container as tar archives.</summary>
internal static class ArchiveRoutes
{
    private const string StatusHeader = "X-Docker-Container-Path-Stat";

    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapMethods("/containers/{id}/archive", ["HEAD"], async context => await FindAsync(context, engine, followsLink: false));
        routes.MapGet("/containers/{id}/archive", context => ReadAsync(context, engine));
        routes.MapPut("/containers/{id}/archive", context => WriteAsync(context, engine));
    }

    private static async Task<(string Id, string Path, PathStatus Status)> FindAsync(HttpContext context, Engine engine, bool followsLink)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        string path = Answers.Text(context, "path") ?? throw ApiException.BadRequest("path is missing");
        string absolute = path.StartsWith('/') ? path : $"/{path}";
        PathStatus status = await engine.Containers.StatPathAsync(container.Id, absolute, followsLink, context.RequestAborted)
            ?? throw ApiException.NotFound($"Could not find the file {path} in container {container.Name}");
        context.Response.Headers[StatusHeader] = Convert.ToBase64String(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(PathAnswer.Of(status), DockerJson.Default.PathAnswer)));
        return (container.Id, absolute, status);
    }

    private static async Task ReadAsync(HttpContext context, Engine engine)
    {
        (string id, string path, PathStatus status) = await FindAsync(context, engine, followsLink: false);
        context.Response.ContentType = "application/x-tar";
        await engine.Containers.CopyOutAsync(id, path, status.Name == "/" ? null : status.Name, followsLink: false, context.Response.BodyWriter.AsStream(), context.RequestAborted);
    }

    private static async Task WriteAsync(HttpContext context, Engine engine)
    {
        (string id, string path, _) = await FindAsync(context, engine, followsLink: true);
        ArchiveOwner? owner = Answers.Switch(context, "copyUIDGID") ? OwnerOf(engine.Containers.Read(id).Description.Spec.Process!.User) : null;
        await new ContainerCopy(engine.Containers, id).FromArchiveAsync(context.Request.Body, path, owner, replaces: !Answers.Switch(context, "noOverwriteDirNonDir"), context.RequestAborted);
    }

    /// <summary>With docker's <c>copyUIDGID</c>, files belong to the user that the container has, and otherwise to those of the archive.</summary>
    private static ArchiveOwner? OwnerOf(UserSpec user) => !string.IsNullOrEmpty(user.Username) ? new ArchiveOwner(0, 0) { Name = user.Username }
        : user is { Uid: 0, Gid: 0 } ? null
        : new ArchiveOwner(user.Uid, user.Gid);
}

/// <summary>docker's status of a path; the mode has Go's bits.</summary>
internal sealed record PathAnswer(
    [property: System.Text.Json.Serialization.JsonPropertyName("name")] string Name,
    [property: System.Text.Json.Serialization.JsonPropertyName("size")] long Size,
    [property: System.Text.Json.Serialization.JsonPropertyName("mode")] uint Mode,
    [property: System.Text.Json.Serialization.JsonPropertyName("mtime")] string ModifiedAt,
    [property: System.Text.Json.Serialization.JsonPropertyName("linkTarget")] string LinkTarget)
{
    /// <summary>The file types of stat(2) and the bits of Go's <c>fs.FileMode</c> for them.</summary>
    private static readonly (uint Type, uint Bit)[] types =
    [
        (0xA000, 1u << 27), (0x4000, 1u << 31), (0x2000, (1u << 26) | (1u << 21)), (0x6000, 1u << 26), (0x1000, 1u << 25), (0xC000, 1u << 24),
    ];

    private const uint TypeMask = 0xF000;
    private const uint PermissionMask = 0x1FF;

    private static readonly (uint Mode, uint Bit)[] flags = [(0x800, 1u << 23), (0x400, 1u << 22), (0x200, 1u << 20)];

    public static PathAnswer Of(PathStatus status) => new(
        status.Name,
        status.SizeInBytes,
        (status.Mode & PermissionMask) | Array.Find(types, type => type.Type == (status.Mode & TypeMask)).Bit | flags.Where(flag => (status.Mode & flag.Mode) != 0).Aggregate(0u, (bits, flag) => bits | flag.Bit),
        ContainerView.Time(DateTimeOffset.UnixEpoch.AddTicks(status.ModifiedUnixNanoseconds / 100)),
        status.LinkTarget ?? "");
}
