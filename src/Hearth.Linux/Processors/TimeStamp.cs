namespace Hearth.Linux.Processors;

/// <summary>One point in time on two clocks.</summary>
/// <param name="Ticks">The processor's time-stamp counter.</param>
/// <param name="Nanoseconds">CLOCK_MONOTONIC_RAW.</param>
public readonly record struct TimeStamp(ulong Ticks, long Nanoseconds)
{
    /// <summary>The counter's average frequency from an earlier time stamp to this one, in kHz.</summary>
    public long FrequencyInKHz(TimeStamp earlier) =>
        (long)Math.Round((Ticks - earlier.Ticks) * 1e6 / (Nanoseconds - earlier.Nanoseconds));
}
