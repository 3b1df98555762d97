using Hearth.Client;
using Hearth.Rootfs.Cache;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Api;

/// <summary>Networks, volumes and disk space, as Hearth stores them, and the host.</summary>
internal static class StoreRoutes
{
    private const string Networks = $"{HearthApi.Prefix}/networks";
    private const string Volumes = $"{HearthApi.Prefix}/volumes";

    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        MapNetworks(routes, new HostNetworks(engine.Networks));
        MapVolumes(routes, new HostVolumes(engine.Volumes));
        routes.MapGet($"{HearthApi.Prefix}/system", context => Answers.JsonAsync(context, engine.Containers.ReadSystem(WorkerProgram.Version), ClientJson.Default.SystemInformation));
        routes.MapGet($"{HearthApi.Prefix}/disk-uses", context => Answers.JsonAsync(
            context, engine.Containers.DiskUses(new ImageCache(engine.Options.Cache.Path, engine.Options.Cache.Limit, engine.Clock)), ClientJson.Default.IReadOnlyListDiskUse));
    }

    private static void MapNetworks(IEndpointRouteBuilder routes, HostNetworks networks)
    {
        routes.MapGet(Networks, async context => await Answers.JsonAsync(context, await networks.ListAsync(context.RequestAborted), ClientJson.Default.IReadOnlyListNetworkEntry));
        routes.MapGet($"{Networks}/{{network}}", async context => await Answers.JsonAsync(
            context, await networks.FindAsync(Answers.Route(context, "network"), context.RequestAborted), ClientJson.Default.NetworkDetail));
        routes.MapDelete($"{Networks}/{{network}}", async context =>
        {
            await networks.RemoveAsync(Answers.Route(context, "network"), context.RequestAborted);
            await Answers.NoContentAsync(context);
        });
        routes.MapPost(Networks, async context => await Answers.JsonAsync(
            context,
            await networks.CreateAsync(Named(await Answers.ReadAsync(context, ClientJson.Default.NetworkRequest), request => request.Name), context.RequestAborted),
            ClientJson.Default.NetworkEntry,
            StatusCodes.Status201Created));
        routes.MapPost($"{Networks}/prune", async context =>
        {
            SelectedNetworks selected = await Answers.ReadAsync(context, ClientJson.Default.SelectedNetworks);
            await Answers.JsonAsync(context, await networks.PruneAsync(network => selected.Ids?.Contains(network.Id) == true, context.RequestAborted), ClientJson.Default.IReadOnlyListNetworkEntry);
        });
    }

    private static void MapVolumes(IEndpointRouteBuilder routes, HostVolumes volumes)
    {
        routes.MapGet(Volumes, async context => await Answers.JsonAsync(context, await volumes.ListAsync(context.RequestAborted), ClientJson.Default.IReadOnlyListVolumeEntry));
        routes.MapGet($"{Volumes}/{{volume}}", async context => await Answers.JsonAsync(
            context, await volumes.FindAsync(Answers.Route(context, "volume"), context.RequestAborted), ClientJson.Default.VolumeEntry));
        routes.MapDelete($"{Volumes}/{{volume}}", async context =>
        {
            await volumes.RemoveAsync(Answers.Route(context, "volume"), context.RequestAborted);
            await Answers.NoContentAsync(context);
        });
        routes.MapPost(Volumes, async context =>
        {
            VolumeRequest request = Named(await Answers.ReadAsync(context, ClientJson.Default.VolumeRequest), request => request.Name);
            await volumes.CreateAsync(request, context.RequestAborted);
            await Answers.JsonAsync(context, await volumes.FindAsync(request.Name, context.RequestAborted), ClientJson.Default.VolumeEntry, StatusCodes.Status201Created);
        });
        routes.MapPost($"{Volumes}/prune", async context => await Answers.JsonAsync(
            context, await volumes.PruneAsync(Answers.Switch(context, "all"), selected: null, context.RequestAborted), ClientJson.Default.IReadOnlyListVolumeEntry));
    }

    /// <exception cref="ApiException">It has no name.</exception>
    private static T Named<T>(T request, Func<T, string?> name) => name(request) is null ? throw ApiException.BadRequest("name is missing: what is created needs one") : request;
}
