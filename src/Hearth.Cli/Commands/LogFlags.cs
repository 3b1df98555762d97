using Hearth.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>How much of a container's output its log keeps: a flag of <c>run</c> and <c>create</c>.</summary>
internal sealed class LogFlags
{
    public Flag<string[]> LogOption { get; } = Flag.List("--log-opt", "NAME=VALUE",
        $"log option: {LogOptions.MaxSizeOption}=16m, {LogOptions.MaxFilesOption}=3, {LogOptions.MaxRateOption}=1m for at most that\nmuch a second (default: no limits)");

    /// <exception cref="UsageException">An option is unknown, or its value is invalid.</exception>
    public LogOptions Read(ParsedLine line) => CommonFlags.Parsed(() => LogOptions.Parse(line.GetValue(LogOption)));
}
