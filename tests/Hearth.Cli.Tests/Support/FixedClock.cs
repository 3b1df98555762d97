namespace Hearth.Cli.Tests.Support;

/// <summary>A clock that stands.</summary>
internal sealed class FixedClock(DateTimeOffset? now = null) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now ?? new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
}
