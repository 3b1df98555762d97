namespace Hearth.Records.Logs;

/// <summary>The state of a stream's current line.</summary>
internal sealed class LineState
{
    /// <summary>The stream's last record in the log is the beginning of a line; the rest has not arrived.</summary>
    public bool IsBegun { get; set; }

    /// <summary>A part of the line was dropped because of the rate limit, and the line is counted.</summary>
    public bool IsDropped { get; set; }

    /// <summary>A part of the line could not be written, and the line is counted.</summary>
    public bool IsUnwritten { get; set; }

    public void Reset() => IsBegun = IsDropped = IsUnwritten = false;
}
