namespace Hearth.Records.Rotation;

/// <summary>Tells when following ends: when what is followed does, or at a time.</summary>
internal sealed class ReadingDeadline : IDisposable
{
    /// <summary>Timers know no longer times. Nobody follows for that long.</summary>
    private static readonly TimeSpan longest = TimeSpan.FromDays(49);

    private readonly CancellationTokenSource stopping = new();

    /// <param name="ended">Null where that is not known.</param>
    /// <param name="until">Null for no time.</param>
    /// <param name="clock">Whose time it is.</param>
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
