using System.Text.Json;
using System.Text.Json.Serialization;
using Hearth.Containers;
using Hearth.Containers.Volumes;
using Hearth.Records.Volumes;
using Hearth.Rendering;
using Hearth.Worker.Docker.Containers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Docker.Volumes;

/// <summary>Requests about volumes.</summary>
internal static class VolumeRoutes
{
    /// <summary>Before this version, docker's prune took volumes with names along.</summary>
    private const int FirstMinorThatKeepsNamed = 42;

    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapGet("/volumes", context => ListAsync(context, engine));
        routes.MapGet("/volumes/{name}", context => Answers.JsonAsync(context, VolumeAnswer.Of(engine.Volumes.Find(Answers.Route(context, "name"))), DockerJson.Default.VolumeAnswer));
        routes.MapPost("/volumes/create", context => CreateAsync(context, engine));
        routes.MapPost("/volumes/prune", context => PruneAsync(context, engine));
        routes.MapDelete("/volumes/{name}", context => RemoveAsync(context, engine));
        routes.MapPut("/volumes/{name}", _ => throw ApiException.NotImplemented("volumes are not changed: docker changes those of clusters, and there are none; create another volume"));
    }

    private static async Task ListAsync(HttpContext context, Engine engine)
    {
        ILookup<string, string> filters = Answers.Filters(context).Select(filter => filter.Split('=', 2)).ToLookup(parts => parts[0], parts => parts[1]);
        Func<VolumeEntry, bool>[] demands = [.. filters.Select(filter => Demand(filter.Key, filter))];
        VolumeAnswer[] found = [.. engine.Volumes.List().Where(volume => Array.TrueForAll(demands, demand => demand(volume))).Select(VolumeAnswer.Of)];
        await Answers.JsonAsync(context, new VolumesAnswer(found, []), DockerJson.Default.VolumesAnswer);
    }

    private static Func<VolumeEntry, bool> Demand(string filter, IEnumerable<string> values)
    {
        Func<VolumeEntry, bool>[] alternatives = [.. values.Select(value => Demand(filter, value))];
        return filter == Labels.Filter
            ? volume => Array.TrueForAll(alternatives, alternative => alternative(volume))
            : volume => Array.Exists(alternatives, alternative => alternative(volume));
    }

    private static Func<VolumeEntry, bool> Demand(string filter, string value) => filter switch
    {
        "name" => volume => volume.Name.Contains(value, StringComparison.Ordinal),
        "driver" => _ => value == VolumeAnswer.OnlyDriver,
        "dangling" when FilterValue.ReadTruth(filter, value) => volume => !volume.InUse,
        "dangling" => volume => volume.InUse,
        Labels.Filter => volume => Labels.Match(volume.Labels, value),
        _ => throw ApiException.BadRequest($"invalid filter '{filter}': there are name, driver, dangling and label"),
    };

    private static async Task CreateAsync(HttpContext context, Engine engine)
    {
        VolumeCreateRequest request = await Answers.ReadAsync(context, DockerJson.Default.VolumeCreateRequest);
        if (request.Driver is not (null or "" or VolumeAnswer.OnlyDriver))
        {
            throw ApiException.BadRequest($"cannot create the volume '{request.Name}': there is no driver '{request.Driver}'; there is '{VolumeAnswer.OnlyDriver}'");
        }

        UnhonouredFields.Refuse($"create the volume '{request.Name}'", request.Others ?? []);
        ByteSize? size = null;
        foreach ((string option, string value) in request.DriverOpts ?? new Dictionary<string, string>())
        {
            size = option == "size" && ByteSize.TryParse(value, out ByteSize given) ? given
                : throw ApiException.BadRequest($"cannot create the volume '{request.Name}': there is no option '{option}={value}'; there is size=SIZE");
        }

        string name = string.IsNullOrEmpty(request.Name) ? VolumeName.NewAnonymous() : request.Name;
        await engine.Volumes.CreateAsync(name, size, request.Labels, isAnonymous: string.IsNullOrEmpty(request.Name), request.DriverOpts, context.RequestAborted);
        await Answers.JsonAsync(context, VolumeAnswer.Of(engine.Volumes.Find(name)), DockerJson.Default.VolumeAnswer, StatusCodes.Status201Created);
    }

    private static async Task PruneAsync(HttpContext context, Engine engine)
    {
        PruneFilter filter = PruneFilter.Read(context, engine.Clock, "all");
        bool isAll = DockerApi.MinorOf(context) < FirstMinorThatKeepsNamed || Answers.Filters(context).Any(filter => filter is "all=true" or "all=1");
        IReadOnlyList<VolumeEntry> removed = engine.Volumes.Prune(isAll, volume => filter.Matches(volume.CreatedAt, volume.Labels));
        await Answers.JsonAsync(context, new VolumesPruneAnswer([.. removed.Select(volume => volume.Name)], removed.Sum(volume => volume.UsedBytes)), DockerJson.Default.VolumesPruneAnswer);
    }

    private static Task RemoveAsync(HttpContext context, Engine engine)
    {
        try
        {
            engine.Volumes.Remove(Answers.Route(context, "name"));
        }
        catch (HearthException failure) when (failure.Error is HearthError.VolumeUnknown && Answers.Switch(context, "force"))
        {
            // docker's force removes what is not there.
        }

        return Answers.NoContentAsync(context);
    }
}

internal sealed record VolumeCreateRequest
{
    public string? Name { get; init; }

    public string? Driver { get; init; }

    public IReadOnlyDictionary<string, string>? DriverOpts { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>docker's volume.</summary>
internal sealed record VolumeAnswer(string Name, string Driver, string Mountpoint, string CreatedAt, IReadOnlyDictionary<string, string> Labels, string Scope, IReadOnlyDictionary<string, string> Options, VolumeUse UsageData)
{
    public const string OnlyDriver = "local";

    public static VolumeAnswer Of(VolumeEntry volume) => new(
        volume.Name, OnlyDriver, volume.Disk, ContainerView.Time(volume.CreatedAt), volume.Labels, "local", volume.Options, new VolumeUse(volume.UsedBytes, volume.InUse ? 1 : 0));
}

internal sealed record VolumeUse(long Size, int RefCount);

internal sealed record VolumesAnswer(IReadOnlyList<VolumeAnswer> Volumes, IReadOnlyList<string> Warnings);

internal sealed record VolumesPruneAnswer(IReadOnlyList<string> VolumesDeleted, long SpaceReclaimed);
