using Hearth.Containers;
using Hearth.Records.Networks;
using Hearth.Rendering;
using Hearth.Worker.Docker.Containers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Docker.Networks;

/// <summary>Requests about networks.</summary>
internal static class NetworkRoutes
{
    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapGet("/networks", context => ListAsync(context, engine));
        routes.MapGet("/networks/{id}", context => InspectAsync(context, engine));
        routes.MapPost("/networks/create", context => CreateAsync(context, engine));
        routes.MapPost("/networks/{id}/connect", context => ConnectAsync(context, engine));
        routes.MapPost("/networks/{id}/disconnect", context => DisconnectAsync(context, engine));
        routes.MapPost("/networks/prune", context => PruneAsync(context, engine));
        routes.MapDelete("/networks/{id}", context => RemoveAsync(context, engine));
    }

    /// <summary>docker-compose makes a network anew that has options which it did not give.</summary>
    private static NetworkDetails DetailsOf(Engine engine, NetworkEntry network)
    {
        NetworkDetails details = NetworkDetails.Of(network, engine.Networks.MembersOf(network));
        return network.IsBuiltIn ? details : details with { Options = network.Options };
    }

    /// <summary>docker finds networks of a scope alone, if one is given; <c>verbose</c> is about services of clusters.</summary>
    private static Task InspectAsync(HttpContext context, Engine engine)
    {
        string id = Answers.Route(context, "id");
        NetworkEntry found = engine.Networks.Find(id);
        return Answers.Text(context, "scope") is null or NetworkDetails.HostScope
            ? Answers.JsonAsync(context, DetailsOf(engine, found), DockerJson.Default.NetworkDetails)
            : throw ApiException.NotFound($"network {id} not found");
    }

    private static async Task ListAsync(HttpContext context, Engine engine)
    {
        ILookup<string, string> filters = Answers.Filters(context).Select(filter => filter.Split('=', 2)).ToLookup(parts => parts[0], parts => parts[1]);
        Func<NetworkEntry, bool>[] demands = [.. filters.Select(filter => Demand(filter.Key, filter, engine))];
        NetworkDetails[] found = [.. engine.Networks.List().Where(network => Array.TrueForAll(demands, demand => demand(network))).Select(network => DetailsOf(engine, network))];
        await Answers.JsonAsync(context, found, DockerJson.Default.IReadOnlyListNetworkDetails);
    }

    private static Func<NetworkEntry, bool> Demand(string filter, IEnumerable<string> values, Engine engine)
    {
        Func<NetworkEntry, bool>[] alternatives = [.. values.Select(value => Demand(filter, value, engine))];
        return filter == Labels.Filter
            ? network => Array.TrueForAll(alternatives, alternative => alternative(network))
            : network => Array.Exists(alternatives, alternative => alternative(network));
    }

    private static Func<NetworkEntry, bool> Demand(string filter, string value, Engine engine) => filter switch
    {
        // docker's clients take the exact name from the answer; names of other networks that contain it may be in it.
        "name" => network => network.Name.Contains(NetworkName.Canonical(value.Trim('^', '$')), StringComparison.Ordinal),
        "id" => network => network.Id.StartsWith(value, StringComparison.Ordinal),
        "driver" => _ => value == NetworkStore.Driver,
        "scope" => _ => value == NetworkDetails.HostScope,
        "type" when FilterValue.ReadNetworkType(value) => network => network.IsBuiltIn,
        "type" => network => !network.IsBuiltIn,
        "dangling" when FilterValue.ReadTruth(filter, value) => network => engine.Networks.MembersOf(network).Count == 0,
        "dangling" => network => engine.Networks.MembersOf(network).Count > 0,
        Labels.Filter => network => Labels.Match(network.Labels, value),
        _ => throw ApiException.BadRequest($"invalid filter '{filter}': there are name, id, driver, scope, type, dangling and label"),
    };

    private static async Task CreateAsync(HttpContext context, Engine engine)
    {
        NetworkCreateRequest request = await Answers.ReadAsync(context, DockerJson.Default.NetworkCreateRequest);
        IReadOnlyList<string> warnings = request.Check();
        NetworkEntry created = engine.Networks.Create(request.ToRequest());
        await Answers.JsonAsync(context, new NetworkCreated(created.Id, string.Join("; ", warnings)), DockerJson.Default.NetworkCreated, StatusCodes.Status201Created);
    }

    private static async Task ConnectAsync(HttpContext context, Engine engine)
    {
        ConnectRequest request = await Answers.ReadAsync(context, DockerJson.Default.ConnectRequest);
        if (request.EndpointConfig is { } endpoint)
        {
            UnhonouredFields.Refuse("connect the container", NetworkReading.OthersOf(endpoint));
        }

        NetworkEntry network = engine.Networks.Find(Answers.Route(context, "id"));
        NetworkPlacement place = NetworkReading.PlaceOf(network.Name, request.EndpointConfig);
        await engine.Containers.ConnectAsync(engine.Resolve(request.Container ?? "").Id, place, context.RequestAborted);
    }

    /// <summary>There is nothing to force: a container that runs keeps its interfaces, and the answer says so.</summary>
    private static async Task DisconnectAsync(HttpContext context, Engine engine)
    {
        DisconnectRequest request = await Answers.ReadAsync(context, DockerJson.Default.DisconnectRequest);
        await engine.Containers.DisconnectAsync(engine.Resolve(request.Container ?? "").Id, engine.Networks.Find(Answers.Route(context, "id")).Name, context.RequestAborted);
    }

    private static async Task PruneAsync(HttpContext context, Engine engine)
    {
        PruneFilter filter = PruneFilter.Read(context, engine.Clock);
        IReadOnlyList<NetworkEntry> removed = engine.Networks.Prune(network => filter.Matches(network.Created, network.Labels));
        await Answers.JsonAsync(context, new NetworksPruneAnswer([.. removed.Select(network => network.Name)]), DockerJson.Default.NetworksPruneAnswer);
    }

    private static Task RemoveAsync(HttpContext context, Engine engine)
    {
        try
        {
            engine.Networks.Remove(Answers.Route(context, "id"));
        }
        catch (HearthException failure) when (failure.Error is HearthError.WrongState or HearthError.InvalidRequest)
        {
            throw new ApiException(StatusCodes.Status403Forbidden, failure.Message);
        }

        return Answers.NoContentAsync(context);
    }
}

internal sealed record NetworkCreated(string Id, string Warning);

internal sealed record ConnectRequest(string? Container, EndpointRequest? EndpointConfig);

internal sealed record DisconnectRequest(string? Container, bool Force);

internal sealed record NetworksPruneAnswer(IReadOnlyList<string> NetworksDeleted);
