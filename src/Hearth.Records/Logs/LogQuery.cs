namespace Hearth.Records.Logs;

/// <summary>Selects records of a container's log.</summary>
public sealed record LogQuery
{
    /// <summary>
    /// The number of last lines to read from the selected streams; null for all. The other conditions apply to these lines.
    /// </summary>
    public int? Tail { get; init; }

    /// <summary>The earliest time of arrival.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The latest time of arrival. With <see cref="Follow"/>, reading ends then.</summary>
    public DateTimeOffset? Until { get; init; }

    public bool StandardOutput { get; init; } = true;

    /// <summary>True for standard error; Hearth's notes are part of it.</summary>
    public bool StandardError { get; init; } = true;

    /// <summary>True to continue with later records, until <see cref="Ended"/> completes or the directory is removed.</summary>
    public bool Follow { get; init; }

    /// <summary>
    /// Completes when no process writes to the log any more. The rest is then read, and reading ends. Null if that is not known.
    /// </summary>
    public Task? Ended { get; init; }

    internal bool Matches(in LogRecord record) =>
        (record.Stream == LogStream.StandardOutput ? StandardOutput : StandardError)
        && (Since is null || record.Timestamp >= Since)
        && (Until is null || record.Timestamp <= Until);
}
