using Hearth.Guest.Init.Polling;
using Hearth.Linux.Processes;

namespace Hearth.Guest.Init.Processes;

/// <summary>
/// Waits for every child, as PID 1 must, and tells those who started one. A child's pid stays its own until this has let go
/// of it under the lock that signals are sent under: a signal never reaches a stranger.
/// </summary>
internal sealed class ChildReaper
{
    private readonly object gate = new();
    private readonly Dictionary<int, TaskCompletionSource<ProcessEnd>> children = [];

    /// <summary>Runs until the guest ends.</summary>
    internal ChildReaper() => LifelongThread.Start("reaper", Run);

    /// <summary>Starts a child.</summary>
    /// <param name="spawn">Gives its pid.</param>
    /// <returns>The pid, and how it ends.</returns>
    internal (int Pid, Task<ProcessEnd> End) Start(Func<int> spawn)
    {
        TaskCompletionSource<ProcessEnd> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int pid;
        lock (gate)
        {
            pid = spawn();
            children.Add(pid, end);
            Monitor.Pulse(gate);
        }

        return (pid, end.Task);
    }

    /// <summary>Signals a child.</summary>
    /// <returns>False when it has ended.</returns>
    internal bool Signal(int pid, int signal)
    {
        lock (gate)
        {
            return children.ContainsKey(pid) && Signals.Send(pid, signal);
        }
    }

    private void Run()
    {
        while (true)
        {
            if (ProcessWaiting.WaitForAny() is not { } ended)
            {
                WaitForFirst();
                continue;
            }

            TaskCompletionSource<ProcessEnd>? known;
            ProcessEnd end;
            lock (gate)
            {
                end = ProcessWaiting.Reap(ended.Pid);
                children.Remove(ended.Pid, out known);
            }

            // An orphan that was handed to PID 1 has nobody to tell.
            known?.TrySetResult(end);
        }
    }

    private void WaitForFirst()
    {
        lock (gate)
        {
            while (children.Count == 0)
            {
                Monitor.Wait(gate);
            }
        }
    }
}
