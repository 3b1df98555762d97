using System.Collections.Concurrent;
using System.Security.Cryptography;
using Hearth.Client;
using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Worker.Docker.Executions;

/// <summary>
/// The processes that clients add to running containers. docker creates them first and starts them later, so they are kept here;
/// those that have ended are forgotten after some time, and all of them when the daemon ends. The processes themselves go on.
/// </summary>
internal sealed class ExecutionTable(ContainerService service, TimeProvider clock)
{
    private static readonly TimeSpan keptAfterEnd = TimeSpan.FromMinutes(5);

    /// <summary>One that nobody starts is forgotten, too.</summary>
    private static readonly TimeSpan keptUnstarted = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Execution> executions = new();

    public Execution Create(string container, ExecutionRequest request, ProcessSpec process)
    {
        Forget();
        Execution execution = new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), container, request, process, clock.GetTimestamp());
        return executions[execution.Id] = execution;
    }

    /// <exception cref="ApiException">There is none.</exception>
    public Execution Find(string id) => executions.GetValueOrDefault(id) ?? throw ApiException.NotFound($"No such exec instance: {id}");

    public IReadOnlyList<string> IdsOf(string container) => [.. executions.Values.Where(execution => execution.Container == container && execution.IsRunning).Select(execution => execution.Id)];

    /// <summary>Begins a process, before the client's connection becomes its streams. <see cref="RunAsync"/> follows.</summary>
    /// <exception cref="ApiException">It was begun before, or its container does not run.</exception>
    /// <exception cref="HearthException">Its container is gone.</exception>
    public void Begin(Execution execution)
    {
        RequireRunning(service.Read(execution.Container));
        execution.Begin();
    }

    /// <exception cref="ApiException">It does not run.</exception>
    public static void RequireRunning(Container container)
    {
        if (container.State.Status == ContainerStatus.Paused && container.State.IsHeld)
        {
            throw ApiException.Conflict($"container {container.Name} is paused: unpause it first");
        }

        if (container.State.Status != ContainerStatus.Running || !container.State.IsHeld)
        {
            throw ApiException.Conflict($"container {container.Name} is not running: start it first");
        }
    }

    /// <summary>Ends a process that was begun and does not run.</summary>
    public void Abandon(Execution execution) => execution.End(null, clock.GetTimestamp());

    /// <summary>Runs a process with a client's streams; returns when it has ended, or the client detached.</summary>
    /// <exception cref="HearthException">It cannot be started.</exception>
    public async Task RunAsync(Execution execution, ProcessSpec process, WorkloadStreams streams, string detachKeys, CancellationToken cancellationToken)
    {
        int? exitCode = null;
        try
        {
            ClientAttachment attachment = new() { Streams = streams, DetachKeys = detachKeys, PassesSignals = false, Started = execution.Start };
            exitCode = await service.ExecCommandAsync(execution.Container, process, attachment, cancellationToken);
        }
        catch (HearthException failure)
        {
            exitCode = ExitCodeOf(failure.Error);
            throw;
        }
        finally
        {
            execution.End(exitCode, clock.GetTimestamp());
        }
    }

    /// <exception cref="HearthException">The container does not run.</exception>
    public Task ResizeAsync(Execution execution, WindowSize size, CancellationToken cancellationToken) =>
        execution.ProcessId is { } id ? service.ResizeAsync(execution.Container, size, id, cancellationToken) : Task.CompletedTask;

    private static int ExitCodeOf(HearthError error) => error switch
    {
        HearthError.CommandNotFound or HearthError.InterpreterNotFound or HearthError.WorkingDirectoryMissing => ExitCodes.CommandNotFound,
        HearthError.CommandNotExecutable => ExitCodes.CommandNotExecutable,
        _ => 255,
    };

    private void Forget()
    {
        foreach (Execution execution in executions.Values.Where(execution => !execution.IsRunning && clock.GetElapsedTime(execution.ChangedAt) > (execution.ExitCode is null ? keptUnstarted : keptAfterEnd)))
        {
            executions.TryRemove(execution.Id, out _);
        }
    }
}
