using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Hearth.Guest.Init.Polling;

namespace Hearth.Guest.Init.Processes;

/// <summary>
/// The thread by which processes are launched. Launches take turns, as the first process has to be there before another can join
/// it; and a launch ends when the child is another program, for which the thread waits itself: that costs least.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "It ends with the machine.")]
internal sealed class LaunchQueue : TaskScheduler
{
    private readonly BlockingCollection<Task> waiting = [];

    /// <summary>Runs until the guest ends.</summary>
    internal LaunchQueue() => LifelongThread.Start("launcher", Run);

    /// <summary>Has the thread do work up to where it first waits for something by an await.</summary>
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
