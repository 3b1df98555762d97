using System.Text;
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
        if (container.State.Status != ContainerStatus.Running || !container.State.IsHeld)
        {
            throw ApiException.Conflict($"container {container.Name} is not running: start it first");
        }

        if (request.Cmd is not { Count: > 0 })
        {
            throw ApiException.BadRequest("No exec command specified");
        }

        ProcessSpec process = new()
        {
            Args = request.Cmd,
            Env = request.Env ?? [],
            Terminal = request.Tty,
            Cwd = request.WorkingDir ?? "",
            User = new UserSpec { Username = string.IsNullOrEmpty(request.User) ? null : request.User },
        };
        await Answers.JsonAsync(context, new ExecutionCreated(engine.Executions.Create(container.Id, request, process).Id), DockerJson.Default.ExecutionCreated, StatusCodes.Status201Created);
    }

    private static async Task StartAsync(HttpContext context, Engine engine)
    {
        Execution execution = engine.Executions.Find(Answers.Route(context, "id"));
        ExecutionStart start = await Answers.ReadAsync(context, DockerJson.Default.ExecutionStart);
        string keys = execution.Request.Tty ? ContainerStreams.ReadDetachKeys(context, string.IsNullOrEmpty(execution.Request.DetachKeys) ? null : execution.Request.DetachKeys) : "";
        if (start.Detach)
        {
            Task run = engine.Executions.RunAsync(execution, none, "", CancellationToken.None);
            await Task.WhenAny(execution.Started, run);
            if (run.IsFaulted)
            {
                await run;
            }

            return;
        }

        using HijackedConnection connection = await HijackedConnection.TakeAsync(context, execution.Request.Tty);
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Ending);
        WorkloadStreams streams = connection.StreamsOf(execution.Request.AttachStdin, execution.Request.AttachStdout, execution.Request.AttachStderr, execution.Request.Tty);
        try
        {
            await engine.Executions.RunAsync(execution, streams, keys, leaving.Token);
        }
        catch (HearthException failure)
        {
            // The status was sent with the stream; docker, too, writes the reason to it.
            connection.Write(Encoding.UTF8.GetBytes($"{failure.Message}\r\n"), execution.Request.Tty ? null : FrameStream.Error);
        }
    }
}
