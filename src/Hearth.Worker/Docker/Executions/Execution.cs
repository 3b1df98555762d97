using Hearth.Containers.Specification;

namespace Hearth.Worker.Docker.Executions;

/// <summary>One process that a client added to a container.</summary>
internal sealed class Execution(string id, string container, ExecutionRequest request, ProcessSpec process, long createdAt)
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool hasBegun;

    public string Id { get; } = id;

    /// <summary>The container's id.</summary>
    public string Container { get; } = container;

    public ExecutionRequest Request { get; } = request;

    public ProcessSpec Process { get; } = process;

    /// <summary>When it was created, or ended, as a timestamp of the clock.</summary>
    public long ChangedAt { get; private set; } = createdAt;

    public bool IsRunning { get; private set; }

    /// <summary>Null until it has ended.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>The id by which the container knows it; null until it runs.</summary>
    public string? ProcessId { get; private set; }

    /// <summary>Completes when it runs, or has failed to.</summary>
    public Task Started => started.Task;

    /// <exception cref="ApiException">It was started before.</exception>
    public void Begin()
    {
        lock (gate)
        {
            if (hasBegun)
            {
                throw ApiException.Conflict(IsRunning ? $"Error: Exec command {Id} is already running" : $"Error: Exec command {Id} has already run");
            }

            hasBegun = true;
            IsRunning = true;
        }
    }

    public void Start(string? processId)
    {
        ProcessId = processId;
        started.TrySetResult();
    }

    /// <summary>Notes the end, once.</summary>
    /// <param name="exitCode">Null if it is not known: it has never run.</param>
    /// <param name="now">A timestamp of the clock.</param>
    public void End(int? exitCode, long now)
    {
        lock (gate)
        {
            if (!IsRunning)
            {
                return;
            }

            ExitCode = exitCode;
            IsRunning = false;
            ChangedAt = now;
        }

        started.TrySetResult();
    }
}
