namespace Hearth.Worker.Telemetry;

/// <summary>The form of hearthd's log.</summary>
internal enum LogFormat
{
    /// <summary>One line for people.</summary>
    Text,

    /// <summary>One JSON object on one line.</summary>
    Json,
}
