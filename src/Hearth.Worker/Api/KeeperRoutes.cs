using System.Globalization;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Processes;
using Hearth.Worker.Admission;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Api;

/// <summary>Connections to the keepers of containers; see <see cref="ControlUpgrade"/>.</summary>
internal static class KeeperRoutes
{
    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        const string Container = $"{HearthApi.Prefix}/containers/{{container}}";
        routes.MapGet($"{Container}/control", context => ConnectAsync(context, engine));
        routes.MapPost($"{Container}/start", context => StartAsync(context, engine));
        routes.MapPost($"{Container}/restart", context => RestartAsync(context, engine));
        routes.MapGet($"{Container}/root", context => ReadRootAsync(context, engine));
    }

    private static async Task ConnectAsync(HttpContext context, Engine engine)
    {
        ControlUpgrade.Require(context);
        string id = IdOf(context, engine);
        using ControlConnection keeper = Answers.Switch(context, "files")
            ? await engine.Containers.OpenFilesAsync(id, "copy files of", context.RequestAborted)
            : await engine.Containers.OpenAsync(id, context.RequestAborted);
        using CancellationTokenSource leaving = Leaving(context, engine);
        await using ControlTunnel tunnel = await ControlUpgrade.AcceptAsync(context);
        await ControlUpgrade.RelayAsync(keeper, tunnel.Connection, seen: null, leaving.Token);
    }

    private static Task StartAsync(HttpContext context, Engine engine)
    {
        ControlUpgrade.Require(context);
        string id = IdOf(context, engine);
        engine.Restarts.Forget(id);
        return StartAsync(context, engine, id);
    }

    private static Task RestartAsync(HttpContext context, Engine engine)
    {
        ControlUpgrade.Require(context);
        string id = IdOf(context, engine);
        TimeSpan? timeout = Answers.Number(context, "t") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        int? signal = Answers.Text(context, "signal") is { } text ? SignalNames.Parse(text) : null;
        return engine.Containers.RestartAsync(id, timeout, signal, () => StartAsync(context, engine, id), context.RequestAborted);
    }

    /// <summary>Starts a container when its turn comes. The client sends the request to its keeper, with the time in the queue from the answer's header.</summary>
    private static async Task StartAsync(HttpContext context, Engine engine, string id)
    {
        using CancellationTokenSource leaving = Leaving(context, engine);
        using AdmissionQueue.Turn turn = await engine.Admission.EnterAsync(engine.Containers.Read(id).Description, context.RequestAborted);
        using ControlConnection keeper = engine.Containers.OpenStart(id, turn.Requested);
        context.Response.Headers[ControlTunnel.QueuedHeader] = ((long)turn.Queued.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        await using ControlTunnel tunnel = await ControlUpgrade.AcceptAsync(context);
        await ControlUpgrade.RelayAsync(
            keeper,
            tunnel.Connection,
            message =>
            {
                if (message is StartedReply)
                {
                    turn.Started();
                    turn.Dispose();
                }
            },
            leaving.Token);
    }

    /// <summary>Sends a container's root, or what the container changed of it, as frames; then an answer as a keeper gives it.</summary>
    private static async Task ReadRootAsync(HttpContext context, Engine engine)
    {
        ControlUpgrade.Require(context);
        string id = IdOf(context, engine);
        RootForm form = Enum.TryParse(Answers.Text(context, "form"), ignoreCase: true, out RootForm given) && Enum.IsDefined(given)
            ? given
            : throw ApiException.BadRequest($"form must be one of {string.Join(", ", Enum.GetNames<RootForm>().Select(name => name.ToLowerInvariant()))}");
        using CancellationTokenSource leaving = Leaving(context, engine);
        await using ControlTunnel tunnel = await ControlUpgrade.AcceptAsync(context);
        try
        {
            await using ArchiveFrames frames = new(tunnel.Connection);
            IReadOnlyList<Diagnostic> diagnostics = await engine.Containers.ReadRootAsync(id, form, Answers.Switch(context, "freezes"), frames, leaving.Token);
            await tunnel.Connection.SendAsync(new DoneReply { Diagnostics = diagnostics }, leaving.Token);
        }
        catch (HearthException failure)
        {
            await tunnel.Connection.SendAsync(new FailedReply(failure.Error, failure.Message), leaving.Token);
        }
        catch (IOException)
        {
            // The client has gone.
        }
    }

    private static string IdOf(HttpContext context, Engine engine) => engine.Containers.Store.FindId(Answers.Route(context, "container"));

    private static CancellationTokenSource Leaving(HttpContext context, Engine engine) => CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Ending);
}
