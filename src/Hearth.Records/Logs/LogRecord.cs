namespace Hearth.Records.Logs;

/// <summary>A line of a container's output, or a part of one.</summary>
public readonly record struct LogRecord
{
    /// <summary><see cref="LogStream.StandardError"/> for Hearth's own notes.</summary>
    public required LogStream Stream { get; init; }

    /// <summary>The time of arrival, in steps of 100 nanoseconds.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The bytes as they arrived, without the line end. Valid until the next record is read.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>False if the record continues the line of the same stream's previous record.</summary>
    public required bool BeginsLine { get; init; }

    /// <summary>True if a line end followed the content.</summary>
    public required bool EndsLine { get; init; }

    /// <summary>True for a line that Hearth wrote to report missing output.</summary>
    public bool IsNote { get; init; }
}
