using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Hearth.Guest.Init.Polling;

namespace Hearth.Guest.Init.Processes;

/// <summary>
/// The thread that launches processes. Launches run one by one, since the first process must exist before another can join it. A
/// launch ends when the child has executed its program. The thread itself blocks until then, which is the cheapest way to wait.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "It ends with the machine.")]
internal sealed class LaunchQueue : TaskScheduler
{
    private readonly BlockingCollection<Task> waiting = [];

    /// <summary>Runs until the guest ends.</summary>
    internal LaunchQueue() => LifelongThread.Start("launcher", Run);

    /// <summary>Runs work on the thread up to its first await that has to wait.</summary>
    internal Task StartAsync(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    protected override void QueueTask(Task task) => waiting.Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => waiting;

    private void Run()
    {
        foreach (Task task in waiting.GetConsumingEnumerable())
        {
            TryExecuteTask(task);
        }
    }
}
