using Hearth.Guest.Init.Polling;
using Hearth.Linux.Processes;

namespace Hearth.Guest.Init.Processes;

/// <summary>
/// Waits for every child, as PID 1 must, and reports the end to the caller that started it. It reaps a child under the same lock
/// under which signals are sent. A pid is not reused before that, so a signal never reaches another process.
/// </summary>
internal sealed class ChildReaper
{
    private readonly object gate = new();
    private readonly Dictionary<int, TaskCompletionSource<ProcessEnd>> children = [];

    /// <summary>Runs until the guest ends.</summary>
    internal ChildReaper() => LifelongThread.Start("reaper", Run);

    /// <summary>Starts a child.</summary>
    /// <param name="spawn">Starts the child and returns its pid.</param>
    /// <returns>The pid, and a task for the child's end.</returns>
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
    /// <returns>False if it has ended.</returns>
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

            // Nobody waits for an orphan that the kernel gave to PID 1.
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
