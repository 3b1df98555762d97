namespace Hearth.Linux.Processors;

/// <summary>One moment on two clocks.</summary>
/// <param name="Ticks">The processor's time-stamp counter.</param>
/// <param name="Nanoseconds">CLOCK_MONOTONIC_RAW.</param>
public readonly record struct TimeStamp(ulong Ticks, long Nanoseconds)
{
    /// <summary>How fast the counter ran from an earlier moment to this one, in kHz.</summary>
    public long FrequencyInKHz(TimeStamp earlier) =>
        (long)Math.Round((Ticks - earlier.Ticks) * 1e6 / (Nanoseconds - earlier.Nanoseconds));
}
