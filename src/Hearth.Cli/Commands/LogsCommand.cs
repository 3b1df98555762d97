using System.Globalization;
using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Records.Logs;
using Hearth.Rendering;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth logs</c>: the output of a container.</summary>
/// <param name="context">Streams, environment and clock.</param>
/// <param name="find">Finds the log of a container by its name, id or the beginning of that.</param>
internal sealed class LogsCommand(CommandContext context, Func<ParsedLine, string, CancellationToken, Task<ILogReading>> find)
{
    private readonly Argument<string> container = Argument.One("CONTAINER");
    private readonly Flag<bool> follow = Flag.Switch("--follow", "follow the output until the container exits", "-f");
    private readonly Flag<LineCount?> tail = Flag.Lines("--tail", "number of lines from the end (default all)", "-n");
    private readonly Flag<DateTimeOffset?> since = Flag.Moment("--since", "omit what is older: 10m, 2026-11-24T21:07:40Z, seconds since 1970", context.Clock);
    private readonly Flag<DateTimeOffset?> until = Flag.Moment("--until", "omit what is newer", context.Clock);
    private readonly Flag<bool> timestamps = Flag.Switch("--timestamps", "show the time of each line", "-t");

    private readonly Flag<bool> details = Flag.Switch("--details", "no effect: logs have no attributes");

    /// <summary>Takes the workload's output; tests pass their own.</summary>
    public Stream Output { get; init; } = new DescriptorStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write);

    public Stream Error { get; init; } = new DescriptorStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write);

    public Command Create() => new Command("logs", "Show the output of a container")
    {
        Usage = "[FLAGS] CONTAINER",
        Details = """
            Standard output and standard error are separate and byte for byte, also after the container has
            exited. A line that begins with "hearth:" on standard error reports missing output.
            """,
        Examples =
        [
            ("hearth logs -f --tail 20 web", "the last lines, then new ones"),
            ("hearth logs --since 10m -t web 2>&1 | grep -i error", "recent errors, with times"),
        ],
    }.WithFlags("Flags", follow, tail, since, until, timestamps, details).WithArguments(container)
        .WithAction(RunAsync);

    private async Task<int> RunAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        var printer = new LogPrinter(Output, Error, line.GetValue(timestamps));
        using var stop = new StopSignals(cancellationToken);
        try
        {
            await PrintAsync(await find(line, line.GetValue(container), stop.Token), Read(line), printer, stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.Signal != 0)
        {
            return stop.ExitCode;
        }
        catch (LinuxException exception) when (exception.Errno == Errno.EPIPE)
        {
            // The reader has closed its end, as in `… | head`.
            return 0;
        }
    }

    private LogQuery Read(ParsedLine line) => new()
    {
        Follow = line.GetValue(follow),
        Tail = line.GetValue(tail)?.Lines,
        Since = line.GetValue(since),
        Until = line.GetValue(until),
    };

    private async Task PrintAsync(ILogReading reader, LogQuery query, LogPrinter printer, CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<LogRecord> records = reader.ReadAsync(query, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            ValueTask<bool> next = records.MoveNextAsync();
            if (!next.IsCompleted)
            {
                printer.Flush();
            }

            if (!await next)
            {
                break;
            }

            printer.Print(records.Current);
        }

        printer.Flush();
        Warn(reader.Malformed, "damaged lines of the log that were left out:");
        Warn(reader.Gaps, "times that the log was rotated or removed before it was read, so that lines may be missing:");
    }

    private void Warn(long count, string what)
    {
        if (count > 0)
        {
            context.Warn(string.Create(CultureInfo.InvariantCulture, $"{what} {count:#,0}"));
        }
    }
}
