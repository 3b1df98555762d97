namespace Hearth.Distribution.Tests.Support;

/// <summary>A link's rate, shared by all connections: each piece of data has its time slot after those before it.</summary>
internal sealed class LinkLimit(long bytesPerSecond)
{
    /// <summary>Shorter waits are less exact than none.</summary>
    private static readonly TimeSpan shortest = TimeSpan.FromMilliseconds(3);

    private readonly Lock guard = new();
    private long freeAt;

    public Task PassAsync(int bytes, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (guard)
        {
            long now = TimeProvider.System.GetTimestamp();
            freeAt = Math.Max(freeAt, now) + (long)((double)bytes / bytesPerSecond * TimeProvider.System.TimestampFrequency);
            wait = TimeProvider.System.GetElapsedTime(now, freeAt);
        }

        return wait > shortest ? Task.Delay(wait, TimeProvider.System, cancellationToken) : Task.CompletedTask;
    }
}
