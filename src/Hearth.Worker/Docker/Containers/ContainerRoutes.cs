using System.Text.Json;
using Hearth.Client;
using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Containers.Volumes;
using Hearth.Distribution.Manifests;
using Hearth.Guest.Protocol.Messages;
using Hearth.Images.Pulling;
using Hearth.Linux.Processes;
using Hearth.Records.Networks;
using Hearth.Records.Recovery;
using Hearth.Rendering;
using Hearth.Worker.Docker.Restarts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Docker.Containers;

/// <summary>Requests about containers that are answered at once.</summary>
internal static class ContainerRoutes
{
    private const int FirstMinorWithGivenAliases = 45;

    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapPost("/containers/create", context => CreateAsync(context, engine));
        routes.MapGet("/containers/json", context => ListAsync(context, engine));
        routes.MapGet("/containers/{id}/json", context => InspectAsync(context, engine));
        routes.MapPost("/containers/{id}/start", context => StartAsync(context, engine));
        routes.MapPost("/containers/{id}/stop", context => StopAsync(context, engine));
        routes.MapPost("/containers/{id}/restart", context => RestartAsync(context, engine));
        routes.MapPost("/containers/{id}/kill", context => KillAsync(context, engine));
        routes.MapPost("/containers/{id}/pause", context => ActAsync(context, engine, (service, id) => service.PauseAsync(id)));
        routes.MapPost("/containers/{id}/unpause", context => ActAsync(context, engine, (service, id) => service.ResumeAsync(id)));
        routes.MapPost("/containers/{id}/rename", context => ActAsync(context, engine, (service, id) => service.RenameAsync(id, (Answers.Text(context, "name") ?? "").TrimStart('/'))));
        routes.MapPost("/containers/{id}/update", context => UpdateAsync(context, engine));
        routes.MapDelete("/containers/{id}", context => RemoveAsync(context, engine));
        routes.MapPost("/containers/prune", context => PruneAsync(context, engine));
        routes.MapGet("/containers/{id}/stats", context => StatsRoute.AnswerAsync(context, engine));
        routes.MapGet("/containers/{id}/top", context => TopRoute.AnswerAsync(context, engine));
        routes.MapGet("/containers/{id}/changes", context => ChangesAsync(context, engine));
        routes.MapGet("/containers/{id}/export", context => ExportAsync(context, engine));
    }

    /// <summary>Gives a network's id, or its name if it is gone.</summary>
    public static Func<string, string> NetworkIds(Engine engine)
    {
        Dictionary<string, string> ids = engine.Networks.List().ToDictionary(network => network.Name, network => network.Id);
        return name => ids.GetValueOrDefault(name, name);
    }

    private static async Task CreateAsync(HttpContext context, Engine engine)
    {
        if (!engine.CreationKeys.HasCreated(context))
        {
            engine.Admission.RequireOpen("create a container");
        }

        CreateRequest request = await Answers.ReadAsync(context, DockerJson.Default.CreateRequest);
        if (string.IsNullOrEmpty(request.Image))
        {
            throw ApiException.BadRequest("cannot create the container: Image is missing; name an image");
        }

        IReadOnlyList<string> warnings = UnhonouredFields.Check("create the container", request.AllOthers);
        ContainerDescription chosen = CreateReading.Read(request, Answers.Text(context, "name"), engine.Options.Environment, network => engine.Networks.Find(network).Name) with { Cache = engine.Options.Cache };
        foreach (InheritedMounts mounts in (request.HostConfig?.VolumesFrom ?? []).Select(InheritedMounts.Parse))
        {
            chosen = mounts.AddTo(chosen, engine.Resolve(mounts.Container).Description);
        }

        Platform? platform = Answers.Text(context, "platform") is { } text ? PlatformChoice.Parse(text) : null;
        using DescribedContainer described = await new HostImages(engine.Images, engine.Clock).DescribeAsync(
            chosen,
            new ImageDemand(request.Image, PullPolicy.Missing, platform, LazyMode.Auto, new ImageFetchOptions()),
            CreateReading.ReadChoices(request),
            (_, _) => throw new HearthException(HearthError.ImageUnknown, $"No such image: {request.Image}"),
            context.RequestAborted);
        string id = await engine.CreationKeys.CreateAsync(
            context, JsonSerializer.SerializeToUtf8Bytes(request, DockerJson.Default.CreateRequest), described.Description, engine.Containers.Create);
        await Answers.JsonAsync(context, new CreateAnswer(id, described.Warning is { } warning ? [.. warnings, warning] : warnings), DockerJson.Default.CreateAnswer, StatusCodes.Status201Created);
    }

    private static async Task ListAsync(HttpContext context, Engine engine)
    {
        engine.Containers.Reconcile();
        ContainerFilter filter = ContainerFilter.Parse(WithStoredNames(Answers.Filters(context), engine), engine.Resolve, container => IsRestarting(container) ? RestartState.Word : null);
        int? limit = Answers.Number(context, "limit") is > 0 and int most ? most : null;
        bool isAll = Answers.Switch(context, "all") || limit is not null || filter.ConcernsStatus;
        IEnumerable<Container> found = engine.Containers.List()
            .Where(container => isAll || container.State.Status is ContainerStatus.Running or ContainerStatus.Paused || IsRestarting(container))
            .Where(filter.Matches)
            .Take(limit ?? int.MaxValue);
        await Answers.JsonAsync(context, Summarize(found, engine, Answers.Switch(context, "size")), DockerJson.Default.IReadOnlyListContainerSummary);

        bool IsRestarting(Container container) => engine.Restarts.StateOf(container).IsWaiting;
    }

    /// <summary>Containers as docker lists them.</summary>
    public static ContainerSummary[] Summarize(IEnumerable<Container> containers, Engine engine, bool hasSizes)
    {
        DateTimeOffset now = engine.Clock.GetUtcNow();
        Func<string, string> ids = NetworkIds(engine);
        return [.. containers.Select(container => ContainerSummary.Of(container, ResourcesOf(engine, container), now, ids, hasSizes ? ContainerSizes.Of(container, engine) : null, engine.Restarts.StateOf(container)))];
    }

    /// <summary>Clients name networks in filters by their ids, too; a name of an image means the image that has it now.</summary>
    private static IEnumerable<string> WithStoredNames(IReadOnlyList<string> filters, Engine engine)
    {
        const string Network = "network=";
        const string Ancestor = "ancestor=";
        IReadOnlyList<NetworkEntry> networks = engine.Networks.List();
        return filters.Select(filter =>
            filter.StartsWith(Network, StringComparison.Ordinal) && networks.FirstOrDefault(network => network.Id == filter[Network.Length..]) is { } found ? Network + found.Name
            : filter.StartsWith(Ancestor, StringComparison.Ordinal) && engine.Images.TryFind(filter[Ancestor.Length..]) is { } image ? Ancestor + image.Id
            : filter);
    }

    private static async Task InspectAsync(HttpContext context, Engine engine)
    {
        engine.Containers.Reconcile();
        Container container = engine.Resolve(Answers.Route(context, "id"));
        ContainerSizes? sizes = Answers.Switch(context, "size") ? ContainerSizes.Of(container, engine) : null;
        ContainerDetails details = ContainerDetails.Of(container, ResourcesOf(engine, container), NetworkIds(engine), sizes, engine.Restarts.StateOf(container)) with
        {
            ExecIDs = engine.FindExecutions(container) is { Count: > 0 } running ? running : null,
        };
        await Answers.JsonAsync(context, DockerApi.MinorOf(context) < FirstMinorWithGivenAliases ? details.WithShortIdAsAlias() : details, DockerJson.Default.ContainerDetails);
    }

    private static RunResources? ResourcesOf(Engine engine, Container container) =>
        container.State.IsHeld ? RunResources.TryRead(engine.Options.Directories, container.Id) : null;

    private static async Task StartAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        if (Answers.Text(context, "checkpoint") is not null)
        {
            throw ApiException.BadRequest("checkpoint is only supported in experimental mode");
        }

        if (container.State is { Status: ContainerStatus.Paused, IsHeld: true })
        {
            throw ApiException.Conflict("cannot start a paused container, try unpause instead");
        }

        if (!IsRunning(container))
        {
            // A start by the policy may have been under way.
            await engine.Restarts.ForgetAsync(container.Id, context.RequestAborted);
            await ContainerStarts.AwaitAsync(engine, container.Id, context.RequestAborted);
            container = engine.Containers.Read(container.Id);
        }

        if (IsRunning(container))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await engine.StartAsync(container, context.RequestAborted);
        await Answers.NoContentAsync(context);
    }

    private static bool IsRunning(Container container) => container.State is { Status: ContainerStatus.Running, IsHeld: true };

    private static async Task StopAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        TimeSpan? timeout = ReadTimeout(context);
        int? signal = ReadSignal(context);
        bool wasToStart = await engine.Restarts.CancelAsync(container, context.RequestAborted);
        if (!container.State.IsHeld && !wasToStart)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await engine.Containers.StopAsync(container.Id, timeout, signal, context.RequestAborted);
        await Answers.NoContentAsync(context);
    }

    private static async Task RestartAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        TimeSpan? timeout = ReadTimeout(context);
        int? signal = ReadSignal(context);
        await engine.RestartAsync(container, timeout, signal, turn => engine.StartAsync(container, turn), CancellationToken.None);
        await Answers.NoContentAsync(context);
    }

    /// <summary>A container between two runs has no process: a signal that would end it ends the restarts, and others do nothing.</summary>
    private static async Task KillAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        int signal = ReadSignal(context) ?? SignalNumber.Kill;
        if (!engine.Restarts.StateOf(container).IsWaiting)
        {
            await engine.Containers.KillAsync(container.Id, signal);
        }
        else if (signal == SignalNumber.Kill || signal == container.Description.StopSignal)
        {
            await engine.Restarts.CancelAsync(container, context.RequestAborted);
            await engine.Containers.StopAsync(container.Id, TimeSpan.Zero, signal, context.RequestAborted);
        }

        await Answers.NoContentAsync(context);
    }

    private static TimeSpan? ReadTimeout(HttpContext context) => Answers.Number(context, "t") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static int? ReadSignal(HttpContext context) => Answers.Text(context, "signal") is { } text ? SignalNames.Parse(text) : null;

    private static async Task ActAsync(HttpContext context, Engine engine, Func<ContainerService, string, Task> act)
    {
        await act(engine.Containers, engine.Resolve(Answers.Route(context, "id")).Id);
        await Answers.NoContentAsync(context);
    }

    private static async Task UpdateAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        UpdateRequestBody body = await Answers.ReadAsync(context, DockerJson.Default.UpdateRequestBody);
        IReadOnlyList<string> warnings = UnhonouredFields.Check("update the container", body.Others ?? []);
        await engine.Containers.UpdateAsync(container.Id, LimitReading.Read(body, isUpdate: true), CreateReading.ReadChange(body.RestartPolicy), context.RequestAborted);
        engine.Restarts.NoteUpdate(container.Id);
        await Answers.JsonAsync(context, new WarningsAnswer(warnings), DockerJson.Default.WarningsAnswer);
    }

    private static async Task RemoveAsync(HttpContext context, Engine engine)
    {
        string id = engine.Containers.Store.FindId(Answers.Route(context, "id").TrimStart('/'));
        if (Answers.Switch(context, "link"))
        {
            throw ApiException.NotImplemented("there are no links: containers of one network find each other by name");
        }

        bool force = Answers.Switch(context, "force");
        if (!force || !engine.Containers.IsDamaged(id))
        {
            Container container = engine.Containers.Read(id);
            if (!force && engine.Restarts.StateOf(container).IsWaiting)
            {
                throw ApiException.Conflict($"cannot remove container \"/{container.Name}\": container is restarting: stop the container before removing or force remove");
            }

            await engine.Restarts.CancelAsync(container, context.RequestAborted);
        }

        await engine.Containers.RemoveAsync(id, force, Answers.Switch(context, "v"), context.RequestAborted);
        await Answers.NoContentAsync(context);
    }

    private static async Task PruneAsync(HttpContext context, Engine engine)
    {
        PruneFilter filter = PruneFilter.Read(context, engine.Clock);
        (IReadOnlyList<Container> removed, long bytes) = engine.Containers.RemoveEnded(
            container => filter.Matches(container.Description.Created, container.Description.Labels) && !engine.Restarts.StateOf(container).IsWaiting);
        await Answers.JsonAsync(context, new PruneAnswer([.. removed.Select(container => container.Id)], bytes), DockerJson.Default.PruneAnswer);
    }

    private static async Task ChangesAsync(HttpContext context, Engine engine)
    {
        IReadOnlyList<RootChange> changes = await ContainerChanges.ReadAsync(engine.Containers, engine.Resolve(Answers.Route(context, "id")).Id, context.RequestAborted);
        await Answers.JsonAsync(context, [.. changes.Select(ChangeAnswer.Of)], DockerJson.Default.IReadOnlyListChangeAnswer);
    }

    private static async Task ExportAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        context.Response.ContentType = "application/octet-stream";
        await engine.Containers.ReadRootAsync(container.Id, RootForm.Tree, freezes: false, context.Response.BodyWriter.AsStream(), context.RequestAborted);
    }
}

internal sealed record PruneAnswer(IReadOnlyList<string> ContainersDeleted, long SpaceReclaimed);

/// <summary>docker's kinds: 0 changed, 1 added, 2 removed.</summary>
internal sealed record ChangeAnswer(string Path, int Kind)
{
    public static ChangeAnswer Of(RootChange change) => new(change.Path, change.Kind switch { 'A' => 1, 'D' => 2, _ => 0 });
}
