namespace Hearth.Records.Logs;

/// <summary>Which of a workload's outputs it was.</summary>
public enum LogStream
{
    StandardOutput,
    StandardError,
}
