namespace Hearth.Records.Tests.Support;

/// <summary>A clock that moves when the test says so, and its timers with it, on the test's own thread.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly List<ManualTimer> timers = [];
    private long ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(ticks);

    public void Advance(double milliseconds)
    {
        ticks += (long)(milliseconds * TimeSpan.TicksPerMillisecond);
        timers.ToList().ForEach(timer => timer.Fire(ticks));
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        timers.Add(timer);
        return timer;
    }

    /// <summary>Fires once; none of those under test do so again and again.</summary>
    private sealed class ManualTimer(ManualClock clock, Action act) : ITimer
    {
        private long due = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : clock.ticks + dueTime.Ticks;
            return true;
        }

        public void Fire(long now)
        {
            if (now >= due)
            {
                due = long.MaxValue;
                act();
            }
        }

        public void Dispose() => clock.timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
