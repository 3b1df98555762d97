using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Hearth.Client;
using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol.Messages;
using Hearth.Records.Events;

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

    /// <summary>docker's client sets the size of a terminal right after its start; docker waits as long for the process.</summary>
    private static readonly TimeSpan startTimeout = TimeSpan.FromSeconds(10);

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

    /// <summary>Runs a process with a client's streams; returns when it has ended, or the client has detached or gone. A process without its client goes on.</summary>
    /// <exception cref="HearthException">It cannot be started.</exception>
    public async Task RunAsync(Execution execution, ProcessSpec process, WorkloadStreams streams, string detachKeys, CancellationToken cancellationToken)
    {
        bool hasDetached = false;
        try
        {
            ClientAttachment attachment = new() { Streams = streams, DetachKeys = detachKeys, PassesSignals = false, Started = execution.Start, Detached = () => hasDetached = true };
            int exitCode = await service.ExecCommandAsync(execution.Container, process, attachment, cancellationToken);
            if (!hasDetached)
            {
                execution.End(exitCode, clock.GetTimestamp());
            }
        }
        catch (HearthException failure)
        {
            execution.End(ExitCodeOf(failure.Error), clock.GetTimestamp());
            throw;
        }
        finally
        {
            if (execution.ProcessId is null)
            {
                Abandon(execution);
            }
        }
    }

    /// <summary>Notes the end of a process whose client has gone: its keeper reports it, or its container ends.</summary>
    public void Note(ContainerEvent happened)
    {
        if (happened is not { Type: EventType.Container, Action: EventAction.ExecDie or EventAction.Die or EventAction.Destroy })
        {
            return;
        }

        string? process = happened.Action == EventAction.ExecDie ? happened.Actor.Attributes.GetValueOrDefault(EventAttribute.ExecId) : null;
        int code = process is not null && int.TryParse(happened.Actor.Attributes.GetValueOrDefault(EventAttribute.ExitCode), CultureInfo.InvariantCulture, out int given) ? given : ExitCodes.Killed;
        foreach (Execution execution in executions.Values.Where(execution => execution.Container == happened.Actor.Id && execution.IsRunning && execution.ProcessId is not null))
        {
            if (process is null || execution.ProcessId == process)
            {
                execution.End(code, clock.GetTimestamp());
            }
        }
    }

    /// <summary>Waits until the process runs, and sets the size of its terminal.</summary>
    /// <exception cref="ApiException">It did not start in time, or has ended.</exception>
    /// <exception cref="HearthException">The container does not run.</exception>
    public async Task ResizeAsync(Execution execution, WindowSize size, CancellationToken cancellationToken)
    {
        try
        {
            await execution.Started.WaitAsync(startTimeout, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw ApiException.Conflict($"cannot resize the terminal of exec {execution.Id}: it has not started within {startTimeout.TotalSeconds:0} s; start it first");
        }

        string id = execution.ProcessId ?? throw ApiException.Conflict($"cannot resize the terminal of exec {execution.Id}: it did not start");
        await service.ResizeAsync(execution.Container, size, id, cancellationToken);
    }

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
