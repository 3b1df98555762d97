using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hearth.Client;
using Hearth.Records;
using Hearth.Records.Events;
using Hearth.Records.Rotation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Docker.Daemon;

/// <summary>What concerns the daemon as a whole: ping, version, info, events.</summary>
internal static class SystemRoutes
{
    private const string NoCluster = "Hearth has no swarm, plugins or build sessions";

    /// <summary>docker's paths that are not there.</summary>
    private static readonly (string Path, string Sentence)[] missing =
    [
        ("/build", "images are not built here: use buildah or another daemon, and push the image to a registry"),
        ("/session", NoCluster),
        ("/swarm/{**rest}", NoCluster),
        ("/nodes/{**rest}", NoCluster),
        ("/services/{**rest}", NoCluster),
        ("/tasks/{**rest}", NoCluster),
        ("/secrets/{**rest}", NoCluster),
        ("/configs/{**rest}", NoCluster),
        ("/plugins/{**rest}", NoCluster),
        ("/distribution/{**rest}", "registries are not asked without a pull: use 'docker pull'"),
        ("/images/search", "registries are not searched: the distribution specification has no search; use the registry's own page"),
    ];

    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapMethods("/_ping", ["GET", "HEAD"], PingAsync);
        routes.MapGet("/version", context => Answers.JsonAsync(context, Version(), DockerJson.Default.VersionAnswer));
        routes.MapGet("/info", context => Answers.JsonAsync(context, Info(engine), DockerJson.Default.InfoAnswer));
        routes.MapGet("/system/df", context => DiskUsageRoute.AnswerAsync(context, engine));

        // Nothing is built here, so there is nothing to remove. 'docker system prune' asks for it at its end.
        routes.MapPost("/build/prune", context => Answers.JsonAsync(context, new BuildPruneAnswer([], 0), DockerJson.Default.BuildPruneAnswer));
        routes.MapGet("/events", context => EventsAsync(context, engine));
        foreach ((string path, string sentence) in missing)
        {
            routes.Map(path, _ => throw ApiException.NotImplemented(sentence));
        }
    }

    /// <summary>docker's names of processors.</summary>
    private static string Processor => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    private static string Kernel => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    private static async Task PingAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-cache, no-store, must-revalidate";
        context.Response.Headers.Pragma = "no-cache";
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.WriteAsync("OK");
        }
    }

    private static VersionAnswer Version() => new()
    {
        Platform = new PlatformName("Hearth"),
        Version = WorkerProgram.Version,
        ApiVersion = DockerApi.Version,
        MinAPIVersion = DockerApi.LeastVersion,
        Arch = Processor,
        KernelVersion = Kernel,
        Components = [new ComponentAnswer("Engine", WorkerProgram.Version, new Dictionary<string, string>
        {
            ["ApiVersion"] = DockerApi.Version, ["MinAPIVersion"] = DockerApi.LeastVersion, ["Arch"] = Processor, ["Os"] = "linux", ["KernelVersion"] = Kernel,
        })],
    };

    private static InfoAnswer Info(Engine engine)
    {
        SystemInformation system = engine.Containers.ReadSystem(WorkerProgram.Version);
        return new InfoAnswer
        {
            ID = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(engine.Options.Directories.State + Environment.MachineName)))[..32],
            Containers = system.Containers,
            ContainersRunning = system.ContainersRunning,
            ContainersPaused = system.ContainersPaused,
            ContainersStopped = system.ContainersStopped,
            Images = engine.Images.List().DistinctBy(image => image.Id).Count(),
            KernelVersion = Kernel,
            OperatingSystem = "Linux",
            Architecture = Processor == "amd64" ? "x86_64" : Processor,
            NCPU = system.Processors,
            MemTotal = system.MemoryBytes,
            Name = Environment.MachineName,
            ServerVersion = system.ServerVersion,
            DockerRootDir = system.StateDirectory,
            SystemTime = engine.Clock.GetUtcNow(),
        };
    }

    private static async Task EventsAsync(HttpContext context, Engine engine)
    {
        DateTimeOffset? since = Moments.Read(context, "since");
        DateTimeOffset? until = Moments.Read(context, "until");
        if (since > until)
        {
            throw ApiException.BadRequest($"since {since:O} cannot be after until {until:O}");
        }

        EventQuery query = new()
        {
            Since = since,
            OnlyNew = since is null && until is null,
            Until = until,
            Follow = true,
            Filter = EventFilter.Parse(Answers.Filters(context)),
        };
        context.Response.Headers[HostEvents.BeginHeader] = (since ?? engine.Clock.GetUtcNow()).ToString("O", CultureInfo.InvariantCulture);
        using JournalReading<ContainerEvent> journal = engine.OpenJournal().Open(query);
        context.Response.ContentType = "application/json";
        await context.Response.StartAsync(context.RequestAborted);
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Ending);
        await foreach (ContainerEvent happened in journal.ReadAsync(ending.Token))
        {
            await context.Response.Body.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(EventAnswer.Of(happened), DockerJson.Default.EventAnswer), (byte)'\n'], ending.Token);
            await context.Response.Body.FlushAsync(ending.Token);
        }
    }
}
