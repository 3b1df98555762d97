using System.Globalization;
using Hearth.Admission;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Api;

/// <summary>Connections to the keepers of containers; see <see cref="ControlUpgrade"/>.</summary>
internal static class KeeperRoutes
{
    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        const string Path = $"{HearthApi.Prefix}/containers/{{container}}";
        routes.MapGet($"{Path}/control", context => ConnectAsync(context, engine));
        routes.MapPost($"{Path}/start", context => StartAsync(context, engine));
        routes.MapPost($"{Path}/restart", context => RestartAsync(context, engine));
        routes.MapGet($"{Path}/root", context => ReadRootAsync(context, engine));
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

    /// <summary>Starts a container when its turn comes.</summary>
    private static async Task StartAsync(HttpContext context, Engine engine)
    {
        ControlUpgrade.Require(context);
        string id = IdOf(context, engine);
        await engine.Restarts.ForgetAsync(id, context.RequestAborted);
        using AdmissionQueue.Turn turn = await engine.Admission.EnterAsync(engine.Containers.Read(id).Description, context.RequestAborted);
        await StartAsync(context, engine, id, turn);
    }

    private static Task RestartAsync(HttpContext context, Engine engine)
    {
        ControlUpgrade.Require(context);
        Container container = engine.Containers.Read(IdOf(context, engine));
        TimeSpan? timeout = Answers.Number(context, "t") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        int? signal = Answers.Text(context, "signal") is { } text ? SignalNames.Parse(text) : null;
        return engine.RestartAsync(container, timeout, signal, turn => StartAsync(context, engine, container.Id, turn), context.RequestAborted);
    }

    /// <summary>Starts a container in its turn. The client sends the request to its keeper, with the time in the queue from the answer's header.</summary>
    private static async Task StartAsync(HttpContext context, Engine engine, string id, AdmissionQueue.Turn turn)
    {
        // The daemon's end does not undo a start.
        bool hasStarted = false;
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        using CancellationTokenRegistration ending = engine.Ending.Register(() =>
        {
            if (Volatile.Read(ref hasStarted))
            {
                leaving.Cancel();
            }
        });
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
                    Volatile.Write(ref hasStarted, true);
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
