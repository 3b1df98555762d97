using Hearth.Containers;

namespace Hearth.Worker.Docker.Restarts;

/// <summary>One container's restarts: how many there were, and the pause before the next. The pause doubles with each, unless the container ran for some time.</summary>
internal sealed class RestartWait
{
    private static readonly TimeSpan firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan longestPause = TimeSpan.FromMinutes(1);

    /// <summary>A container that ran so long has its next start soon again.</summary>
    private static readonly TimeSpan goodRun = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private CancellationTokenSource? pausing;
    private TaskCompletionSource over = new();
    private int count;

    /// <summary>How often the container was started, if nobody else has started it.</summary>
    private int starts;

    public TimeSpan Pause { get; private set; }

    /// <summary>Whether a failure has ended the restarts, or the policy came after the end, until the next end of the container.</summary>
    public bool HasGivenUp { get; set; }

    public bool IsWaiting
    {
        get
        {
            lock (gate)
            {
                return pausing is not null;
            }
        }
    }

    /// <summary>How often it was started again in a row.</summary>
    /// <param name="state">The container's. If another program has started it meanwhile, it is counted anew.</param>
    public int CountAfter(ContainerState state)
    {
        lock (gate)
        {
            return state.Starts <= starts ? count : 0;
        }
    }

    /// <param name="state">The ended container's.</param>
    /// <param name="cancellationToken">Ends the pause.</param>
    /// <returns>What ends the pause; null if another one is under way.</returns>
    public CancellationTokenSource? TryBegin(ContainerState state, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (pausing is not null)
            {
                return null;
            }

            count = CountAfter(state) + 1;
            starts = state.Starts + 1;
            HasGivenUp = false;
            bool hasRunWell = state.FinishedAt - state.StartedAt >= goodRun;
            Pause = hasRunWell || Pause == TimeSpan.Zero ? firstPause : Pause * 2 < longestPause ? Pause * 2 : longestPause;
            over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return pausing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        }
    }

    /// <summary>The start was not tried.</summary>
    public void Uncount()
    {
        lock (gate)
        {
            count--;
        }
    }

    /// <returns>Completes when the pause and the start have ended; null if there is none.</returns>
    public Task? Cancel()
    {
        lock (gate)
        {
            pausing?.Cancel();
            return pausing is null ? null : over.Task;
        }
    }

    public void End()
    {
        lock (gate)
        {
            pausing = null;
            over.SetResult();
        }
    }
}
