namespace Hearth.Guest.Init.Processes;

/// <summary>Work that runs in parallel to the handling of messages. Nobody awaits each item, and no failure is lost.</summary>
internal sealed class WorkList
{
    private readonly List<Task> running = [];

    internal void Start(Func<Task> work) => Add(Task.Run(work));

    internal void Add(Task work) => running.Add(work);

    /// <summary>Removes completed work. It throws a failure that the work did not handle, which ends init.</summary>
    internal void ForgetEnded()
    {
        foreach (Task ended in running.FindAll(task => task.IsCompleted))
        {
            running.Remove(ended);
            ended.GetAwaiter().GetResult();
        }
    }

    internal Task WhenAllEnded() => Task.WhenAll(running);
}
