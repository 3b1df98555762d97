namespace Hearth.Records.Events;

/// <summary>Selects the events to read.</summary>
public sealed record EventQuery
{
    /// <summary>The earliest time; null for all events that are kept.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The latest time. With <see cref="Follow"/>, reading ends then.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>
    /// True to leave out all that were there before. Other than <see cref="Since"/> with the time of now, it misses nothing if the clock is
    /// set back.
    /// </summary>
    public bool OnlyNew { get; init; }

    /// <summary>True to continue with events that occur from now on.</summary>
    public bool Follow { get; init; }

    public EventFilter Filter { get; init; } = EventFilter.All;

    internal bool Matches(ContainerEvent happened) =>
        (Since is null || happened.Time >= Since) && (Until is null || happened.Time <= Until) && Filter.Passes(happened);
}
