using Hearth.Cli.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>How much of a container's output is kept: a flag of the commands that make containers.</summary>
internal sealed class LogFlags
{
    public Flag<string[]> LogOption { get; } = Flag.List("--log-opt", "NAME=VALUE",
        $"of the log: {LogOptions.MaxSizeOption}=16m, {LogOptions.MaxFilesOption}=3, {LogOptions.MaxRateOption}=1m for at most so\nmuch a second (default: all, at the disk's speed)");

    /// <exception cref="UsageException">An option is not known, or its value not possible.</exception>
    public LogOptions Read(ParsedLine line)
    {
        try
        {
            return LogOptions.Parse(line.GetValue(LogOption));
        }
        catch (FormatException exception)
        {
            throw new UsageException(exception.Message);
        }
    }
}
