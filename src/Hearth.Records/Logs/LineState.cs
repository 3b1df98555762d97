namespace Hearth.Records.Logs;

/// <summary>Where a stream stands within a line.</summary>
internal sealed class LineState
{
    /// <summary>The log's last record of the stream waits for the rest of its line.</summary>
    public bool IsBegun { get; set; }

    /// <summary>Something of the line was dropped for its rate, and the line is counted.</summary>
    public bool IsDropped { get; set; }

    /// <summary>Something of the line could not be written, and the line is counted.</summary>
    public bool IsUnwritten { get; set; }

    public void Reset() => IsBegun = IsDropped = IsUnwritten = false;
}
