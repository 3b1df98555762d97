using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Records.Events;
using Hearth.Remote;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth events</c>: what happens to containers and images, as it happens.</summary>
internal sealed class EventsCommand(CommandContext context, GlobalFlags global)
{
    private readonly Flag<DateTimeOffset?> since = Flag.Moment("--since", "show events since this time: 10m, 2026-11-24T21:07:40Z, seconds since\n1970 (default now)", context.Clock);
    private readonly Flag<DateTimeOffset?> until = Flag.Moment("--until", "stop at this time (default: when interrupted)", context.Clock);
    private readonly Flag<string[]> filter = Flag.List("--filter", "KEY=VALUE", $"filter by {string.Join(", ", EventFilter.Keys)};\nvalues of one key are alternatives, different keys must all match", "-f");
    private readonly Flag<string?> format = Flag.Text("--format", "FORMAT", "json (one object a line), or a template such as\n'{{.Action}} {{.Actor.ID}}'");

    public Command Create() => new Command("events", "Show events of containers, images, volumes and networks")
    {
        Usage = "[FLAGS]",
        Details = """
            The host stores some thousand events until it restarts.
            """,
        Examples =
        [
            ("hearth events --filter event=die --filter event=oom", "which containers exit, and why"),
            ("hearth events --since 1h --until 0s --format json", "the last hour, for programs"),
        ],
    }.WithFlags("Flags", since, until, filter, format)
        .WithAction(RunAsync);

    private async Task<int> RunAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        EventPrinter printer;
        EventQuery query;
        try
        {
            printer = EventPrinter.Parse(line.GetValue(format), context);
            query = new EventQuery
            {
                Since = line.GetValue(since),
                Until = line.GetValue(until),
                Filter = EventFilter.Parse(line.GetValue(filter)),
            };
        }
        catch (FormatException exception)
        {
            throw new UsageException(exception.Message);
        }

        using var stop = new StopSignals(cancellationToken);
        try
        {
            await foreach (ContainerEvent happened in Open(line).FollowAsync(query, stop.Token))
            {
                printer.Print(happened);
            }

            return 0;
        }
        catch (OperationCanceledException) when (stop.Signal != 0)
        {
            return stop.ExitCode;
        }
        catch (FormatException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    private IEvents Open(ParsedLine line) => global.FindHost(line, context) is { } access
        ? new RemoteEvents(new WorkerConnection(access), context.Clock)
        : new HostEvents(global.Directories(line, context), context.Clock);
}
