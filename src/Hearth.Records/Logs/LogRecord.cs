namespace Hearth.Records.Logs;

/// <summary>A line of a container's output, or a piece of one.</summary>
public readonly record struct LogRecord
{
    /// <summary>A note of Hearth's own says <see cref="LogStream.StandardError"/>.</summary>
    public required LogStream Stream { get; init; }

    /// <summary>When it arrived, to 100 nanoseconds.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The bytes as they came, without the line's end. Good until the next record is asked for.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>False for what goes on with the line of the same stream's last record.</summary>
    public required bool BeginsLine { get; init; }

    /// <summary>True where a line's end stood behind the content.</summary>
    public required bool EndsLine { get; init; }

    /// <summary>True for a line that Hearth wrote, to tell what is missing.</summary>
    public bool IsNote { get; init; }
}
