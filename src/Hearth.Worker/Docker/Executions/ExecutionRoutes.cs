using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Control.Attachment;
using Hearth.Worker.Docker.Containers;
using Hearth.Worker.Docker.Streams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Docker.Executions;

/// <summary>Requests about additional processes.</summary>
internal static class ExecutionRoutes
{
    private static readonly WorkloadStreams none = new() { Output = Stream.Null, Error = Stream.Null };

    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapPost("/containers/{id}/exec", context => CreateAsync(context, engine));
        routes.MapPost("/exec/{id}/start", context => StartAsync(context, engine));
        routes.MapPost("/exec/{id}/resize", context => engine.Executions.ResizeAsync(engine.Executions.Find(Answers.Route(context, "id")), ContainerStreams.ReadSize(context), context.RequestAborted));
        routes.MapGet("/exec/{id}/json", context => Answers.JsonAsync(context, ExecutionDetails.Of(engine.Executions.Find(Answers.Route(context, "id"))), DockerJson.Default.ExecutionDetails));
    }

    private static async Task CreateAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        ExecutionRequest request = await Answers.ReadAsync(context, DockerJson.Default.ExecutionRequest);
        ExecutionTable.RequireRunning(container);
        if (request.Cmd is not { Count: > 0 })
        {
            throw ApiException.BadRequest("No exec command specified");
        }

        ProcessSpec process = new()
        {
            Args = request.Cmd,
            Env = request.Env ?? [],
            Terminal = request.Tty,
            ConsoleSize = request.Tty ? TerminalSize.Read(request.ConsoleSize) : null,
            Cwd = request.WorkingDir ?? "",
            User = new UserSpec { Username = string.IsNullOrEmpty(request.User) ? null : request.User },
        };
        await Answers.JsonAsync(context, new ExecutionCreated(engine.Executions.Create(container.Id, request, process).Id), DockerJson.Default.ExecutionCreated, StatusCodes.Status201Created);
    }

    private static async Task StartAsync(HttpContext context, Engine engine)
    {
        Execution execution = engine.Executions.Find(Answers.Route(context, "id"));
        ExecutionStart start = await Answers.TryReadAsync(context, DockerJson.Default.ExecutionStart) ?? new ExecutionStart(Detach: false, execution.Request.Tty, ConsoleSize: null);
        string keys = execution.Request.Tty ? ContainerStreams.ReadDetachKeys(context, string.IsNullOrEmpty(execution.Request.DetachKeys) ? null : execution.Request.DetachKeys) : "";
        ProcessSpec process = execution.Process with { ConsoleSize = execution.Request.Tty ? TerminalSize.Read(start.ConsoleSize) ?? execution.Process.ConsoleSize : null };
        engine.Executions.Begin(execution);
        if (start.Detach)
        {
            Task run = engine.Executions.RunAsync(execution, process, none, "", CancellationToken.None);
            await Task.WhenAny(execution.Started, run);
            if (run.IsFaulted)
            {
                await run;
            }

            return;
        }

        await using HijackedConnection connection = await TakeAsync(context, engine, execution, start.Tty);
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Ending);
        WorkloadStreams streams = connection.StreamsOf(execution.Request.AttachStdin, execution.Request.AttachStdout, execution.Request.AttachStderr, start.Tty);
        await connection.CarryAsync(engine, start.Tty, () => engine.Executions.RunAsync(execution, process, streams, keys, leaving.Token));
    }

    private static async Task<HijackedConnection> TakeAsync(HttpContext context, Engine engine, Execution execution, bool isTerminal)
    {
        try
        {
            return await HijackedConnection.TakeAsync(context, isTerminal, engine.Ending);
        }
        catch
        {
            engine.Executions.Abandon(execution);
            throw;
        }
    }
}
