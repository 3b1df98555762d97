using Hearth.Cli.Commands.Images;
using Hearth.Client;
using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Records.Networks;
using Hearth.Records.Volumes;
using Hearth.Remote;
using Hearth.Rendering;
using Hearth.Rootfs.Cache;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth system prune</c>: removes what nothing uses, in docker's order.</summary>
internal sealed class SystemPruneCommand(CommandContext context, GlobalFlags global)
{
    private readonly Flag<bool> all = Flag.Switch("--all", "also images with tags that no container uses", "-a");
    private readonly Flag<bool> volumes = Flag.Switch("--volumes", "also anonymous volumes that no container uses");
    private readonly Flag<string[]> filters = Flag.List("--filter", "NAME=VALUE", "label=NAME[=VALUE], label!=NAME[=VALUE], until=TIME");
    private readonly Flag<bool> force = Confirmation.Force();
    private readonly CacheFlags cache = new(context, global);
    private readonly ImageFlags images = new(context, global);
    private long bytes;

    public Command Create() => new Command("prune", "Remove what is not in use")
    {
        Usage = "[FLAGS]",
        Details = """
            Removes stopped containers with their logs and scratch disks, except those that a restart policy
            starts again; networks that no container has; images without a tag that no container uses; and
            prepared disks, which are made again when they are needed. Like every command, also cleans up
            after crashes.
            """,
        Examples =
        [
            ("hearth system prune -f", "without a question"),
            ("hearth system prune --all --filter until=240h", "what is older than ten days"),
        ],
    }.WithFlags("Flags", all, volumes, filters, force)
        .WithAction(PruneAsync);

    private async Task<int> PruneAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        PruneFilter filter = PruneFilter.Parse(line.GetValue(filters), context.Clock);
        if (line.GetValue(volumes) && filter.Limit is not null)
        {
            throw new UsageException("the \"until\" filter is not supported with \"--volumes\"");
        }

        if (!line.GetValue(force) && !Confirmation.Ask(context, Consequence(line)))
        {
            return 1;
        }

        using WorkerConnection? worker = global.FindHost(line, context) is { } access ? new WorkerConnection(access) : null;
        Show("Containers", await RemoveContainersAsync(line, worker, filter, cancellationToken));
        IReadOnlyList<NetworkEntry> networks = await NetworkCommands.Open(context, global, line).PruneAsync(entry => filter.Matches(entry.Created, entry.Labels), cancellationToken);
        Show("Networks", [.. networks.Select(network => network.Name)]);
        if (line.GetValue(volumes))
        {
            IReadOnlyList<VolumeEntry> removed = await VolumeCommands.Open(context, global, line).PruneAsync(
                includesNamed: false, filter.ConcernsLabels ? volume => filter.Matches(default, volume.Labels) : null, cancellationToken);
            Show("Volumes", [.. removed.Select(volume => volume.Name)]);
            bytes += removed.Sum(volume => volume.UsedBytes);
        }

        ImageFilter ofImages = CommonFlags.Parsed(() => ImageFilter.ParseOfPrune(line.GetValue(filters), text => Moment.Parse(text, context.Clock)));
        RemovedImage gone = await images.Open(line).PruneAsync(line.GetValue(all), ofImages.Matches, cancellationToken);
        Show("Images", [.. gone.Names.Select(name => $"untagged: {name}")]);
        bytes += gone.Bytes;
        if (!filter.ConcernsLabels)
        {
            await RemoveDisksAsync(line, worker, filter.Limit, cancellationToken);
        }

        await context.Output.WriteLineAsync($"Total reclaimed space: {new ByteSize(bytes).ToDecimal(ByteSize.LongDigits)}");
        return 0;
    }

    private string Consequence(ParsedLine line)
    {
        string[] kinds =
        [
            "all stopped containers with their logs and scratch disks",
            "all networks that no container has",
            .. line.GetValue(volumes) ? (string[])["all anonymous volumes that no container uses, with their contents"] : [],
            line.GetValue(all) ? "all images that no container uses" : "all images without a tag that no container uses",
        ];
        string which = line.IsGiven(filters) ? $", as far as they match {string.Join(' ', line.GetValue(filters))}" : "";
        return $"This removes {string.Join("; ", kinds)}; and prepared disks{which}.";
    }

    private async Task<IReadOnlyList<string>> RemoveContainersAsync(ParsedLine line, WorkerConnection? worker, PruneFilter filter, CancellationToken cancellationToken)
    {
        if (worker is not null)
        {
            (IReadOnlyList<string> ids, long released) = await new RemoteSystem(worker).PruneContainersAsync(filter.Values, cancellationToken);
            bytes += released;
            return ids;
        }

        (IReadOnlyList<Container> removed, long occupied) = ContainerCommands.OpenHere(context, global, line).RemoveEnded(
            container => !ContainerService.IsToStartAgain(container) && filter.Matches(container.Description.Created, container.Description.Labels));
        bytes += occupied;
        return [.. removed.Select(container => container.Id)];
    }

    private async Task RemoveDisksAsync(ParsedLine line, WorkerConnection? worker, DateTimeOffset? limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<CacheEntry> disks = worker is null
            ? cache.Open(line).Prune(new ByteSize(limit is null ? 0 : long.MaxValue), limit)
            : await new RemoteSystem(worker).PruneCacheAsync(limit is null ? new ByteSize(0) : null, limit is { } before ? context.Clock.GetUtcNow() - before : null, cancellationToken);
        bytes += disks.Sum(disk => disk.Bytes);
    }

    private void Show(string kind, IReadOnlyList<string> removed)
    {
        if (removed.Count == 0)
        {
            return;
        }

        context.Output.WriteLine($"Deleted {kind}:");
        foreach (string name in removed)
        {
            context.Output.WriteLine(name);
        }

        context.Output.WriteLine();
    }
}
