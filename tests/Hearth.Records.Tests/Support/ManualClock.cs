namespace Hearth.Records.Tests.Support;

/// <summary>A clock that moves when the test says so, and its timers with it, on the test's own thread.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly List<ManualTimer> timers = [];
    private long ticks;
    private TimeSpan jumped;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(ticks) + jumped;

    public void Advance(double milliseconds)
    {
        ticks += (long)(milliseconds * TimeSpan.TicksPerMillisecond);
        timers.ToList().ForEach(timer => timer.Fire(ticks));
    }

    /// <summary>Sets the time of day forwards or backwards, as an administrator does; timestamps and timers do not notice it.</summary>
    public void Jump(TimeSpan by) => jumped += by;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        timers.Add(timer);
        return timer;
    }

    /// <summary>Fires once for each move of the clock, even if several periods passed.</summary>
    private sealed class ManualTimer(ManualClock clock, Action act) : ITimer
    {
        private long due = long.MaxValue;
        private TimeSpan repeat = Timeout.InfiniteTimeSpan;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            due = After(dueTime);
            repeat = period;
            return true;
        }

        public void Fire(long now)
        {
            if (now >= due)
            {
                due = After(repeat);
                act();
            }
        }

        private long After(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? long.MaxValue : clock.ticks + time.Ticks;

        public void Dispose() => clock.timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
