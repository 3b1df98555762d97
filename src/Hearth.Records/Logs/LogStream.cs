namespace Hearth.Records.Logs;

/// <summary>The workload's output streams.</summary>
public enum LogStream
{
    StandardOutput,
    StandardError,
}
