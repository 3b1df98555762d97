using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Hearth.Records.Events;
using Hearth.Records.Logs;
using Hearth.Records.Rotation;
using Hearth.Worker.Docker.Streams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Docker.Containers;

/// <summary>Requests about a container that last: attach, logs, wait.</summary>
internal static class ContainerStreams
{
    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapPost("/containers/{id}/attach", context => AttachAsync(context, engine));
        routes.MapGet("/containers/{id}/attach/ws", context => AttachSocketAsync(context, engine));
        routes.MapPost("/containers/{id}/resize", context => ResizeAsync(context, engine));
        routes.MapGet("/containers/{id}/logs", context => LogsAsync(context, engine));
        routes.MapPost("/containers/{id}/wait", context => WaitAsync(context, engine));
    }

    /// <summary>The size in a request.</summary>
    /// <exception cref="ApiException">It is none.</exception>
    public static WindowSize ReadSize(HttpContext context) =>
        new(Rows: ReadLength(context, "h", "height"), Columns: ReadLength(context, "w", "width"));

    private static ushort ReadLength(HttpContext context, string name, string word) => Answers.Text(context, name) is var text && ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort length)
        ? length
        : throw ApiException.BadRequest($"invalid resize {word} \"{text}\": it must be a number from 0 to {ushort.MaxValue}");

    /// <param name="context">The request, which may have the keys.</param>
    /// <param name="given">Keys that precede those; null for none.</param>
    /// <exception cref="FormatException">The keys are none.</exception>
    public static string ReadDetachKeys(HttpContext context, string? given = null) => ClientAttachment.RequireDetachKeys(given ?? Answers.Text(context, "detachKeys"));

    /// <exception cref="ApiException">The container is paused or restarts: docker attaches to neither.</exception>
    private static Container ResolveForAttach(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        if (container.State is { Status: ContainerStatus.Paused, IsHeld: true })
        {
            throw ApiException.Conflict($"container {container.Id} is paused, unpause the container before attaching");
        }

        return engine.Restarts.StateOf(container).IsWaiting
            ? throw ApiException.Conflict($"container {container.Id} is restarting, wait until the container is running")
            : container;
    }

    private static async Task AttachAsync(HttpContext context, Engine engine)
    {
        Container container = ResolveForAttach(context, engine);
        bool isTerminal = container.Description.Spec.Process!.Terminal;
        string keys = isTerminal ? ReadDetachKeys(context) : "";
        bool isLasting = Answers.Switch(context, "stream");
        bool takesInput = isLasting && Answers.Switch(context, "stdin") && container.Description.Interactive;
        LogQuery? past = Answers.Switch(context, "logs") ? new LogQuery { StandardOutput = Answers.Switch(context, "stdout"), StandardError = Answers.Switch(context, "stderr") } : null;
        await using HijackedConnection connection = await HijackedConnection.TakeAsync(context, isTerminal, engine.Ending);
        await connection.CarryAsync(engine, isTerminal, CarryAsync);

        async Task CarryAsync()
        {
            if (past is not null)
            {
                await foreach (LogRecord record in new LogReader(engine.Clock).ReadAsync(container.RecordDirectory, past, context.RequestAborted))
                {
                    connection.Write(LogLines.Make(record), LogLines.StreamOf(record, isTerminal));
                }
            }

            if (isLasting)
            {
                using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Ending);
                await engine.Attachments.AttachAsync(
                    container, connection.StreamsOf(takesInput, Answers.Switch(context, "stdout"), Answers.Switch(context, "stderr"), isTerminal), keys, leaving.Token);
            }
        }
    }

    /// <summary>The same by a WebSocket: both outputs without frames of docker's, one message for each piece.</summary>
    private static async Task AttachSocketAsync(HttpContext context, Engine engine)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            throw ApiException.BadRequest("this is a request for a WebSocket, and lacks its headers");
        }

        Container container = ResolveForAttach(context, engine);
        string keys = container.Description.Spec.Process!.Terminal ? ReadDetachKeys(context) : "";
        bool takesInput = Answers.Switch(context, "stdin") && container.Description.Interactive;
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Ending);
        SocketStreams streams = new(socket, leaving);
        try
        {
            await CarryAsync();
        }
        catch (HearthException failure)
        {
            ApiErrors.Note(failure, context, engine);
            streams.Write(Encoding.UTF8.GetBytes($"{failure.Message}\r\n"));
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // The client has closed the WebSocket and waits for the answer, or this daemon ends.
        }

        await streams.CloseAsync();

        async Task CarryAsync()
        {
            if (Answers.Switch(context, "logs"))
            {
                LogQuery past = new() { StandardOutput = Answers.Switch(context, "stdout"), StandardError = Answers.Switch(context, "stderr") };
                await foreach (LogRecord record in new LogReader(engine.Clock).ReadAsync(container.RecordDirectory, past, leaving.Token))
                {
                    streams.Write(LogLines.Make(record));
                }
            }

            if (Answers.Switch(context, "stream"))
            {
                await engine.Attachments.AttachAsync(container, streams.Of(takesInput, Answers.Switch(context, "stdout"), Answers.Switch(context, "stderr")), keys, leaving.Token);
            }
        }
    }

    private static async Task ResizeAsync(HttpContext context, Engine engine)
    {
        await engine.Containers.ResizeAsync(engine.Resolve(Answers.Route(context, "id")).Id, ReadSize(context), cancellationToken: context.RequestAborted);
    }

    private static async Task LogsAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        bool isTerminal = container.Description.Spec.Process!.Terminal;
        bool hasOutput = Answers.Switch(context, "stdout");
        bool hasError = Answers.Switch(context, "stderr");
        if (!hasOutput && !hasError)
        {
            throw ApiException.BadRequest("Bad parameters: you must choose at least one stream");
        }

        bool follows = Answers.Switch(context, "follow");
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Ending);
        LogQuery query = new()
        {
            Follow = follows,
            Ended = container.State.IsHeld && follows ? engine.Containers.WaitAsync(container.Id, leaving.Token) : Task.CompletedTask,
            Tail = ReadTail(context),
            Since = Moments.Read(context, "since"),
            Until = Moments.Read(context, "until"),
            StandardOutput = hasOutput,
            StandardError = hasError,
        };
        bool hasTime = Answers.Switch(context, "timestamps");
        bool hasDetails = Answers.Switch(context, "details");
        context.Response.ContentType = HijackedConnection.TypeOf(context, isTerminal);
        await context.Response.StartAsync(leaving.Token);
        await LogAnswer.SendAsync(
            context,
            new LogReader(engine.Clock).ReadAsync(container.RecordDirectory, query, leaving.Token),
            (body, record) => LogLines.Write(body, record, hasTime, hasDetails, LogLines.StreamOf(record, isTerminal)),
            leaving.Token);
    }

    /// <returns>Null for all: without a number, and with a negative one.</returns>
    private static int? ReadTail(HttpContext context) => Answers.Text(context, "tail") is null or "all" ? null : Answers.Number(context, "tail") is >= 0 and int lines ? lines : null;

    /// <summary>Answers at once with the status, since clients start the container only then; the end comes in the body.</summary>
    private static async Task WaitAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        string condition = Answers.Text(context, "condition") ?? "not-running";
        if (condition is not ("not-running" or "next-exit" or "removed"))
        {
            throw ApiException.BadRequest($"invalid condition: \"{condition}\"");
        }

        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Ending);
        Task<int> end = ContainerEnds.AwaitAsync(engine, container, condition, leaving.Token);
        context.Response.ContentType = "application/json";
        await context.Response.StartAsync(leaving.Token);
        await context.Response.Body.FlushAsync(leaving.Token);
        await Answers.LineAsync(context, new WaitAnswer(await end), DockerJson.Default.WaitAnswer);
    }
}

/// <summary>How containers end.</summary>
internal static class ContainerEnds
{
    /// <returns>The exit code.</returns>
    public static async Task<int> AwaitAsync(Engine engine, Container container, string condition, CancellationToken cancellationToken)
    {
        // What happens from here on is in the journal, also if it happens before the state is read.
        EventFilter filter = EventFilter.Parse([$"container={container.Id}", $"event={EventAction.Die}", $"event={EventAction.Destroy}"]);
        using JournalReading<ContainerEvent> journal = engine.OpenJournal().Open(new EventQuery { OnlyNew = true, Follow = true, Filter = filter });
        container = engine.Containers.Read(container.Id);
        bool isRunning = container.State.Status is ContainerStatus.Running or ContainerStatus.Paused || container.State.IsHeld;
        if (condition == "not-running" && !isRunning)
        {
            return container.State.ExitCode;
        }

        string last = condition == "removed" ? EventAction.Destroy : EventAction.Die;
        int code = container.State.ExitCode;
        await foreach (ContainerEvent happened in journal.ReadAsync(cancellationToken))
        {
            code = happened.Actor.Attributes.TryGetValue(EventAttribute.ExitCode, out string? text) && int.TryParse(text, out int exit) ? exit : code;
            if (happened.Action == last || happened.Action == EventAction.Destroy)
            {
                break;
            }
        }

        return code;
    }
}

internal sealed record WaitAnswer(int StatusCode);
