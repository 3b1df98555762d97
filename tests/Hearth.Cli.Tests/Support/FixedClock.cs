namespace Hearth.Cli.Tests.Support;

/// <summary>A clock that stands.</summary>
internal sealed class FixedClock : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
}
