using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth stats</c>: the resource usage of containers.</summary>
internal sealed class StatsCommand(CommandContext context, GlobalFlags global)
{
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(1);

    /// <summary>For statistics that are read only once.</summary>
    private static readonly TimeSpan onlyPatience = TimeSpan.FromSeconds(5);

    private readonly Argument<string[]> references = Argument.Any("CONTAINER");
    private readonly Flag<bool> all = Flag.Switch("--all", "also those that are not running", "-a");
    private readonly Flag<bool> once = Flag.Switch("--no-stream", "print once and exit");
    private readonly Flag<bool> whole = Flag.Switch("--no-trunc", "do not truncate ids");
    private readonly Flag<string?> format = Flag.Text("--format", "FORMAT", "table, json (one object a line), or a template such as\n'{{.Name}} {{.CPUPerc}}'");

    public Command Create() => new Command("stats", "Show the resource usage of containers every second")
    {
        Usage = "[FLAGS] [CONTAINER...]",
        Details = """
            Measured in the guest. CPU % is of one processor; memory excludes reclaimable page cache. Without
            names, shows all running containers.
            """,
        Examples = [("hearth stats --no-stream", "all running containers, once"), ("hearth stats --no-stream --format json web", "for programs")],
    }.WithFlags("Flags", all, once, whole, format).WithArguments(references)
        .WithAction((line, cancellationToken) => ContainerCommands.AttemptAsync(context, () => ShowAsync(line, cancellationToken)));

    private async Task<int> ShowAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        using StopSignals stop = new(cancellationToken);
        IContainers service = ContainerCommands.Open(context, global, line);
        StatsReading reading = new(service, context, stop.Token);
        bool isOnly = line.GetValue(once);
        using PeriodicTimer timer = new(interval, context.Clock);
        try
        {
            await reading.ReadAsync(await ChooseAsync(service, line), interval, isLast: false);
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                StatsRow[] rows = await reading.ReadAsync(await ChooseAsync(service, line), isOnly ? onlyPatience : interval, isOnly);
                Draw(line, rows);
                if (isOnly)
                {
                    return 0;
                }
            }
        }
        catch (OperationCanceledException) when (stop.Signal != 0)
        {
            // Ctrl-C is how this command ends.
        }

        return 0;
    }

    private void Draw(ParsedLine line, StatsRow[] rows)
    {
        if (context.OutputColumns is not null && !line.GetValue(once) && line.GetValue(format) is null)
        {
            context.Output.Write("\u001b[H\u001b[J");
        }

        StatsRow[] shown = line.GetValue(whole) ? rows : [.. rows.Select(row => row with { ID = row.ID[..12], Container = row.ID[..12] })];
        RowOutput.Write(
            context.Output, line.GetValue(format), ["CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS"], shown,
            row => [row.ID, row.Name, row.CPUPerc, row.MemUsage, row.MemPerc, row.NetIO, row.BlockIO, row.PIDs], OutputJson.Lines.StatsRow);
    }

    private async Task<IReadOnlyList<Container>> ChooseAsync(IContainers service, ParsedLine line)
    {
        if (line.GetValue(references) is not { Length: > 0 } named)
        {
            return [.. (await service.ListAsync()).Where(entry => line.GetValue(all) || entry is { IsHeld: true, Container.State.Status: ContainerStatus.Running }).Select(entry => entry.Container)];
        }

        List<Container> chosen = [];
        foreach (string reference in named)
        {
            chosen.Add((await service.FindAsync(reference)).Container);
        }

        return chosen;
    }
}
