using System.Globalization;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Health;

namespace Hearth.Cli.Commands;

/// <summary>Flags of <c>run</c> and <c>create</c> for the check of a container's health; docker's names.</summary>
internal sealed class HealthFlags
{
    private static readonly TimeSpan shortest = TimeSpan.FromMilliseconds(1);

    private readonly Flag<string?> command = Flag.Text("--health-cmd", "COMMAND", "line of the shell that checks the container's health; it exits\nwith 0 if the container is healthy");
    private readonly Flag<string?> interval = Flag.Text("--health-interval", "TIME", "time between two checks (default 30s)");
    private readonly Flag<string?> timeout = Flag.Text("--health-timeout", "TIME", "a check that takes longer has failed (default 30s)");
    private readonly Flag<string?> retries = Flag.Text("--health-retries", "N", "failures in a row that make the container unhealthy (default 3)");
    private readonly Flag<string?> startPeriod = Flag.Text("--health-start-period", "TIME", "time after the start in which failures do not count (default 0s)");
    private readonly Flag<string?> startInterval = Flag.Text("--health-start-interval", "TIME", "time between two checks in the start period (default 5s)");
    private readonly Flag<bool> none = Flag.Switch("--no-healthcheck", "do not check, whatever the image says");

    public Flag[] All => [command, interval, timeout, retries, startPeriod, startInterval, none];

    /// <summary>What the flags say; null if they say nothing. What is not given comes from the image.</summary>
    /// <exception cref="UsageException">A value is invalid, or two flags contradict each other.</exception>
    public HealthCheck? Read(ParsedLine line)
    {
        HealthCheck given = (line.GetValue(command) is { Length: > 0 } text ? HealthCheck.OfLine(text) : new HealthCheck()) with
        {
            Interval = ReadTime(line, interval),
            Timeout = ReadTime(line, timeout),
            StartPeriod = ReadTime(line, startPeriod),
            StartInterval = ReadTime(line, startInterval),
            Retries = ReadRetries(line),
        };
        bool isEmpty = given is { Test.Count: 0, Interval.Ticks: 0, Timeout.Ticks: 0, StartPeriod.Ticks: 0, StartInterval.Ticks: 0, Retries: 0 };
        return (line.GetValue(none), isEmpty) switch
        {
            (true, true) => HealthCheck.Disabled,
            (true, false) => throw new UsageException("--no-healthcheck conflicts with --health-* options"),
            (false, true) => null,
            _ => given,
        };
    }

    private static TimeSpan ReadTime(ParsedLine line, Flag<string?> flag) => line.GetValue(flag) switch
    {
        null => TimeSpan.Zero,
        { } text when GoDuration.TryParse(text) is { } time => time == TimeSpan.Zero || time >= shortest
            ? time
            : throw new UsageException($"{flag.Name} cannot be less than 1ms"),
        { } text => throw new UsageException($"invalid argument '{text}' for {flag.Name}: it is not a time such as 30s or 1m30s"),
    };

    private int ReadRetries(ParsedLine line) => line.GetValue(retries) switch
    {
        null => 0,
        { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) => count,
        { } text => throw new UsageException($"invalid argument '{text}' for --health-retries: it is not a number"),
    };
}
