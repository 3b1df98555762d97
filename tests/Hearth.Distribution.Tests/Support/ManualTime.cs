namespace Hearth.Distribution.Tests.Support;

/// <summary>A wall clock that a test sets forward; timers are the system's.</summary>
internal sealed class ManualTime : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
