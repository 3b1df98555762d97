namespace Hearth.Guest.Init.Processes;

/// <summary>Work that goes on beside the talk with the host. Nobody awaits it one by one, and no failure of it is lost.</summary>
internal sealed class WorkList
{
    private readonly List<Task> running = [];

    internal void Start(Func<Task> work) => Add(Task.Run(work));

    internal void Add(Task work) => running.Add(work);

    /// <summary>Lets go of what is over; a failure that the work did not expect is init's own, and comes out here.</summary>
    internal void ForgetEnded()
    {
        foreach (Task ended in running.Where(task => task.IsCompleted).ToArray())
        {
            running.Remove(ended);
            ended.GetAwaiter().GetResult();
        }
    }

    internal Task WhenAllEnded() => Task.WhenAll(running);
}
