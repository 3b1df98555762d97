using System.Buffers;
using System.Text.Json;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;
using Hearth.Records.Logs;
using Hearth.Worker.Docker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Api;

/// <summary>Containers as Hearth describes them, with everything that docker has no word for.</summary>
internal static class ContainerRecordRoutes
{
    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapGet($"{HearthApi.Prefix}/containers", context => ListAsync(context, engine));
        routes.MapPost($"{HearthApi.Prefix}/containers", context => CreateAsync(context, engine));
        routes.MapGet($"{HearthApi.Prefix}/containers/{{container}}", context => ReadAsync(context, engine));
        routes.MapPut($"{HearthApi.Prefix}/containers/{{container}}/resources", context => UpdateAsync(context, engine));
        routes.MapGet($"{HearthApi.Prefix}/containers/{{container}}/log", context => ReadLogAsync(context, engine));
    }

    private static async Task ListAsync(HttpContext context, Engine engine)
    {
        engine.Containers.Reconcile();
        await Answers.JsonAsync(context, await engine.Containers.ListAsync(context.RequestAborted), ClientJson.Default.IReadOnlyListContainerEntry);
    }

    private static async Task ReadAsync(HttpContext context, Engine engine)
    {
        engine.Containers.Reconcile();
        await Answers.JsonAsync(context, await engine.Containers.FindAsync(Answers.Route(context, "container"), context.RequestAborted), ClientJson.Default.ContainerEntry);
    }

    private static async Task CreateAsync(HttpContext context, Engine engine)
    {
        if (!engine.CreationKeys.HasCreated(context))
        {
            engine.Admission.RequireOpen("create a container");
        }

        ContainerDescription given = await Answers.ReadAsync(context, ClientJson.Default.ContainerDescription);
        if (given is not { Name: not null, Rootfs: not null, Spec: { Root: not null, Process: not null } })
        {
            throw ApiException.BadRequest("cannot create a container: name, rootfs, spec.root or spec.process is missing; send a whole description, as GET /hearth/v1/containers/NAME has it");
        }

        ContainerDescription description = WithDefaults(given, engine);
        foreach (string path in description.Rootfs.Binds.Select(bind => bind.Source).Concat(description.Volumes.Where(volume => volume.Kind == VolumeKind.Bind).Select(volume => volume.Source)))
        {
            BindSource.Require(path, isMade: false);
        }

        string id = await engine.CreationKeys.CreateAsync(
            context, JsonSerializer.SerializeToUtf8Bytes(description, ClientJson.Default.ContainerDescription), description, engine.Containers.Create);
        Container container = engine.Containers.Store.TryRead(id)
            ?? throw ApiException.Conflict($"the container {id[..12]} that an earlier request with this Idempotency-Key has created was removed: use a new key for a new container");
        await Answers.JsonAsync(context, engine.Containers.Describe(container), ClientJson.Default.ContainerEntry, StatusCodes.Status201Created);
    }

    /// <summary>What a client does not choose is as this daemon's environment says.</summary>
    private static ContainerDescription WithDefaults(ContainerDescription description, Engine engine)
    {
        Func<string, string?> find = engine.Options.Environment.Find;
        NetworkOptions network = description.Network;
        if (network is { Mode: NetworkMode.Auto, Networks.Count: 0 })
        {
            NetworkChoice usual = NetworkChoice.OfEnvironment(find);
            network = network with { Mode = usual.Mode, Target = usual.Target, Networks = usual.Networks };
        }

        return description with
        {
            Cache = description.Cache is null ? null : engine.Options.Cache,
            InitPath = description.InitPath ?? find(ContainerDescription.InitVariable),
            JailBase = description.JailBase ?? find(ContainerDescription.JailBaseVariable),
            MachineUsers = description.MachineUsers == UserRange.Default ? UserRange.Resolve(null, find) : description.MachineUsers,
            Network = network with { Subnet = network.Subnet ?? (find(ContainerDescription.SubnetVariable) is { Length: > 0 } subnet ? subnet : null) },
        };
    }

    private static async Task UpdateAsync(HttpContext context, Engine engine)
    {
        ResourcesSpec resources = await Answers.ReadAsync(context, ClientJson.Default.ResourcesSpec);
        string id = engine.Resolve(Answers.Route(context, "container")).Id;
        await engine.Containers.UpdateAsync(id, resources, context.RequestAborted);
        await Answers.NoContentAsync(context);
    }

    /// <summary>Sends records in the form in which they are stored, and a last line with the counts of missing ones.</summary>
    private static async Task ReadLogAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "container"));
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Ending);
        LogQuery query = new()
        {
            Follow = Answers.Switch(context, "follow"),
            Tail = Answers.Number(context, "tail") is >= 0 and int lines ? lines : null,
            Since = Moments.Read(context, "since"),
            Until = Moments.Read(context, "until"),
        };
        ILogReading log = engine.Containers.OpenLog(container);
        context.Response.ContentType = "text/plain";
        await context.Response.StartAsync(leaving.Token);
        await LogAnswer.SendAsync(context, log.ReadAsync(query, leaving.Token), (body, record) => body.Write(LogLine.Compose(record)), leaving.Token);
        await context.Response.BodyWriter.WriteAsync(LogLine.ComposeEnd(log.Malformed, log.Gaps), leaving.Token);
    }
}
