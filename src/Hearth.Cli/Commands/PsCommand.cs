using Hearth.Cli.Commands.Images;
using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth ps</c>: the containers.</summary>
internal sealed class PsCommand(CommandContext context, GlobalFlags global)
{
    private readonly ImageFlags images = new(context, global);
    private readonly Flag<bool> all = Flag.Switch("--all", "also those that are not running", "-a");
    private readonly Flag<bool> quiet = Flag.Switch("--quiet", "print only ids", "-q");
    private readonly Flag<bool> whole = Flag.Switch("--no-trunc", "do not truncate ids and commands");
    private readonly Flag<string?> last = Flag.Text("--last", "N", "the N created last, running or not", "-n");
    private readonly Flag<bool> latest = Flag.Switch("--latest", "the one created last, running or not", "-l");
    private readonly Flag<bool> size = Flag.Switch("--size", "show what each occupies on the host's disk", "-s");
    private readonly Flag<string[]> filters = Flag.List("--filter", "NAME=VALUE",
        "id=…, name=…, status=created|running|paused|exited, exited=CODE,\nhealth=starting|healthy|unhealthy|none, label=NAME[=VALUE],\nvolume=NAME|DIR, root=DIR", "-f");

    private readonly Flag<string?> format = Flag.Text("--format", "FORMAT", "table, json (one object a line), or a template such as\n'{{.ID}} {{.Names}} {{.Status}}'");

    public Command Create() => new Command("ps", "List containers")
    {
        Usage = "[FLAGS]",
        Examples = [("hearth ps -a --filter status=exited", "those that have exited"), ("hearth rm $(hearth ps -aq --filter label=ci)", "remove those with a label")],
    }.WithFlags("Flags", all, quiet, whole, last, latest, size, filters, format)
        .WithAction(line => ContainerCommands.AttemptAsync(context, () => ShowAsync(line)));

    private async Task<int> ShowAsync(ParsedLine line)
    {
        IContainers service = ContainerCommands.Open(context, global, line);
        ContainerFilter filter = CommonFlags.Parsed(() => ContainerFilter.Parse(line.GetValue(filters), reference => service.FindAsync(reference).GetAwaiter().GetResult().Container));
        int? newest = line.GetValue(latest) ? 1 : CommonFlags.Parsed(() => line.GetValue(last) is { } count && ContainerFlags.ParseCount(count) is >= 0 and int most ? most : (int?)null);
        IEnumerable<ContainerEntry> found = (await service.ListAsync())
            .Where(entry => line.GetValue(all) || newest is not null || filter.ConcernsStatus || IsRunning(entry))
            .Where(entry => filter.Matches(entry.Container))
            .Take(newest ?? int.MaxValue);
        bool isWhole = line.GetValue(whole);
        DateTimeOffset now = context.Clock.GetUtcNow();
        ContainerSizes? sizes = WantsSize(line) ? new ContainerSizes(service, images.Open(line)) : null;
        List<ContainerRow> rows = [];
        foreach (ContainerEntry entry in found)
        {
            ContainerRow row = ContainerRow.Of(entry.Container, IsRunning(entry) ? entry.Resources?.Ports ?? [] : [], now, isWhole || line.GetValue(format) == "json");
            if (sizes is not null)
            {
                (long own, long whole) = await sizes.ReadAsync(entry.Container);
                row = row.WithSize(own, whole);
            }

            rows.Add(row);
        }

        if (line.GetValue(quiet))
        {
            foreach (ContainerRow row in rows)
            {
                await context.Output.WriteLineAsync(isWhole ? row.ID : row.ID[..Math.Min(12, row.ID.Length)]);
            }

            return 0;
        }

        RowOutput.Write(context.Output, line.GetValue(format), ["CONTAINER ID", "ROOT", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES", .. line.GetValue(size) ? ["SIZE"] : Array.Empty<string>()], rows,
            row => [row.ID, row.Root, row.Command, row.RunningFor, row.Status, row.Ports, row.Names, .. line.GetValue(size) ? [row.Size] : Array.Empty<string>()], OutputJson.Lines.ContainerRow);
        return 0;
    }

    /// <summary>Sizes take time to read: as with docker, a template that names them asks for them.</summary>
    private bool WantsSize(ParsedLine line) => line.GetValue(size) || line.GetValue(format)?.Contains(".Size", StringComparison.Ordinal) == true;

    private static bool IsRunning(ContainerEntry entry) => entry.Container.State.Status is ContainerStatus.Running or ContainerStatus.Paused;
}
