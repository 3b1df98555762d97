namespace Hearth.Records.Rotation;

/// <summary>Decides when following ends: when the writer ends, or at a given time.</summary>
internal sealed class ReadingDeadline : IDisposable
{
    /// <summary>The longest time that a timer supports. No reader follows for that long.</summary>
    private static readonly TimeSpan longest = TimeSpan.FromDays(49);

    private readonly CancellationTokenSource stopping = new();

    /// <param name="ended">Completes when the writer ends; null if that is not known.</param>
    /// <param name="until">The time at which following ends; null for none.</param>
    /// <param name="clock">The source of the time.</param>
    public ReadingDeadline(Task? ended, DateTimeOffset? until, TimeProvider clock)
    {
        Task own = WaitAsync(until is null ? longest : until.Value - clock.GetUtcNow(), clock);
        Reached = ended is null ? own : Task.WhenAny(own, ended);
    }

    public Task Reached { get; }

    public void Dispose()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private Task WaitAsync(TimeSpan time, TimeProvider clock)
    {
        if (time <= TimeSpan.Zero)
        {
            return Task.CompletedTask;
        }

        TimeSpan wanted = time < longest ? time : Timeout.InfiniteTimeSpan;
        return Task.Delay(wanted, clock, stopping.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}
