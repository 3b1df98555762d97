namespace Hearth.Records.Logs;

/// <summary>Which records of a container's log are wanted.</summary>
public sealed record LogQuery
{
    /// <summary>So many of the last lines, of those streams that are wanted; null for all. The other conditions hold for these.</summary>
    public int? Tail { get; init; }

    /// <summary>Nothing that arrived before.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Nothing that arrived later. With <see cref="Follow"/>, reading ends then.</summary>
    public DateTimeOffset? Until { get; init; }

    public bool StandardOutput { get; init; } = true;

    /// <summary>Notes of Hearth's own come with it.</summary>
    public bool StandardError { get; init; } = true;

    /// <summary>Goes on with what is written later, until <see cref="Ended"/>, or as long as the directory is there.</summary>
    public bool Follow { get; init; }

    /// <summary>Done when nobody writes to the log any more: what is there is read, and reading ends. Null where that is not known.</summary>
    public Task? Ended { get; init; }

    internal bool Wants(in LogRecord record) =>
        (record.Stream == LogStream.StandardOutput ? StandardOutput : StandardError)
        && (Since is null || record.Timestamp >= Since)
        && (Until is null || record.Timestamp <= Until);
}
