namespace Hearth.Records.Events;

/// <summary>Which events are wanted.</summary>
public sealed record EventQuery
{
    /// <summary>Null for all that are kept.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Nothing that happened later. With <see cref="Follow"/>, reading ends then.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Goes on with what happens from now on.</summary>
    public bool Follow { get; init; }

    public EventFilter Filter { get; init; } = EventFilter.All;

    internal bool Wants(ContainerEvent happened) =>
        (Since is null || happened.Time >= Since) && (Until is null || happened.Time <= Until) && Filter.Passes(happened);
}
