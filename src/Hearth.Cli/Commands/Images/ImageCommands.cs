using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Rendering;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth image</c> and docker's short forms of its commands.</summary>
internal sealed class ImageCommands(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string[]> images = Argument.OneOrMore("IMAGE");
    private readonly Argument<string> image = Argument.One("IMAGE");
    private readonly Argument<string> name = Argument.One("NAME[:TAG]");
    private readonly Flag<bool> force = Flag.Switch("--force", "also if stopped containers use it, and with all its names", "-f");
    private readonly Flag<bool> all = Flag.Switch("--all", "also images with tags that no container uses", "-a");
    private readonly Flag<bool> pruneForce = Confirmation.Force();
    private readonly Flag<bool> noPrune = Flag.Switch("--no-prune", "as without it: no other image is removed");
    private readonly Flag<string[]> pruneFilters = Flag.List("--filter", "NAME=VALUE", "until=TIME, label=NAME[=VALUE], label!=NAME[=VALUE]");
    private readonly Flag<bool> human = Flag.Switch("--human", "sizes and times as spans (default true)", "-H", isOn: true);
    private readonly Flag<bool> whole = Flag.Switch("--no-trunc", "do not truncate");
    private readonly Flag<bool> quiet = Flag.Switch("--quiet", "print only ids", "-q");
    private readonly Flag<string?> historyFormat = Flag.Text("--format", "FORMAT", "table, json (one object a line), or a template such as\n'{{.CreatedBy}}'");
    private readonly Flag<string?> inspectFormat = Flag.Text("--format", "TEMPLATE", "a template such as '{{.Config.Cmd}}' instead of JSON", "-f");
    private readonly ImageFlags flags = new(context, global);

    public Command Create() => new Command("image", "Manage images") { Usage = "COMMAND" }.WithCommands(
        new ImageListing(context, global).Create("ls"),
        new PullCommand(context, global).Create(),
        new PushCommand(context, global).Create(),
        CreateInspect(),
        new ImageCheckCommand(context, global).Create(),
        new ImageIndexCommand(context, global).Create(),
        new ImageTraceCommand(context, global).Create(),
        CreateHistory(),
        new ImageTreeCommand(context, global).Create(),
        CreateTag(),
        CreateRemove("rm"),
        new ArchiveCommands(context, global).CreateSave(),
        new ArchiveCommands(context, global).CreateLoad(),
        new ArchiveCommands(context, global).CreateImport(),
        CreatePrune());

    public Command CreateHistory() => new Command("history", "Show how an image was made")
    {
        Usage = "[FLAGS] IMAGE",
        Examples = [("hearth history --no-trunc debian", "with whole commands")],
    }.WithFlags("Flags", whole, quiet, human, historyFormat).WithArguments(image)
        .WithAction(ShowHistoryAsync);

    public Command CreateTag() => new Command("tag", "Give an image another name")
    {
        Usage = "IMAGE NAME[:TAG]",
        Examples = [("hearth tag app registry.example.com/team/app:1.2", "a name to push it by")],
    }.WithArguments(image, name)
        .WithAction(async (line, cancellationToken) =>
        {
            await flags.Open(line).TagAsync(line.GetValue(image), line.GetValue(name), cancellationToken);
            return 0;
        });

    public Command CreateRemove(string command) => new Command(command, "Remove images")
    {
        Usage = "[FLAGS] IMAGE...",
        Details = """
            A name removes the name, and the image with its last name; the last tag of a repository also removes the
            digests that were pulled from it. Images of running containers remain. With --force, an image that does not
            exist is no failure.
            """,
    }.WithFlags("Flags", force, noPrune).WithArguments(images)
        .WithAction(line =>
        {
            IImages service = flags.Open(line);
            return NamedRemoval.RunAsync(
                context,
                line.GetValue(images),
                async text => ShowRemoved(await service.RemoveAsync(text, line.GetValue(force))),
                printsNames: false,
                passes: failure => line.GetValue(force) && failure.Error == HearthError.ImageUnknown);
        });

    private Command CreateInspect() => new Command("inspect", "Show details of images, as JSON")
    {
        Usage = "[FLAGS] IMAGE...",
        Examples = [("hearth image inspect --format '{{.Config.Entrypoint}}' nginx", "one member")],
    }.WithFlags("Flags", inspectFormat).WithArguments(images)
        .WithAction(InspectAsync);

    private Command CreatePrune() => new Command("prune", "Remove images that are not used")
    {
        Usage = "[FLAGS]",
        Details = """
            Removes images without a tag that no container uses, and what interrupted pulls left.
            """,
        Examples = [("hearth image prune --all", "every image that no container uses"), ("hearth image prune --all --filter until=720h", "those of more than a month ago")],
    }.WithFlags("Flags", all, pruneFilters, pruneForce)
        .WithAction(async (line, cancellationToken) =>
        {
            ImageFilter filter = CommonFlags.Parsed(() => ImageFilter.ParseOfPrune(line.GetValue(pruneFilters), text => Moment.Parse(text, context.Clock)));
            string which = line.GetValue(all) ? "all images" : "all images without a tag";
            if (!line.GetValue(pruneForce) && !Confirmation.Ask(context, $"This removes {which} that no container uses."))
            {
                return 1;
            }

            RemovedImage removed = await flags.Open(line).PruneAsync(line.GetValue(all), filter.Matches, cancellationToken);
            ShowRemoved(removed);
            context.Output.WriteLine($"Total reclaimed space: {new ByteSize(removed.Bytes).ToDecimal(ByteSize.LongDigits)}");
            return 0;
        });

    private void ShowRemoved(RemovedImage removed)
    {
        foreach (string gone in removed.Names)
        {
            context.Output.WriteLine($"Untagged: {gone}");
        }

        if (removed.Id is { } id)
        {
            context.Output.WriteLine($"Deleted: {id}");
        }
    }

    private async Task<int> ShowHistoryAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        (ImageSummary found, _, IReadOnlyList<ImageLayer> layers) = await flags.Open(line).ReadAsync(line.GetValue(image), cancellationToken);
        bool isWhole = line.GetValue(whole);
        DateTimeOffset now = context.Clock.GetUtcNow();
        IReadOnlyList<HistoryEntry> entries = found.Configuration.History ?? [.. layers.Select(_ => new HistoryEntry())];
        List<HistoryRow> rows = [];
        for (int i = 0, layer = 0; i < entries.Count; i++)
        {
            long size = !entries[i].EmptyLayer && layer < layers.Count ? layers[layer++].SizeInBytes : 0;
            string? id = i < entries.Count - 1 ? null : isWhole ? found.Id.ToString() : found.Id.Short;
            rows.Insert(0, HistoryRow.Of(entries[i], id, size, now, isWhole, line.GetValue(human)));
        }

        if (line.GetValue(quiet))
        {
            rows.ForEach(row => context.Output.WriteLine(row.ID));
            return 0;
        }

        RowOutput.Write(
            context.Output, line.GetValue(historyFormat), ["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"], rows,
            row => [row.ID, row.CreatedSince, row.CreatedBy, row.Size, row.Comment], OutputJson.Lines.HistoryRow);
        return 0;
    }

    private async Task<int> InspectAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        IImages service = flags.Open(line);
        IReadOnlyList<ImageSummary> names = await service.ListAsync(cancellationToken);
        List<ImageView> views = [];
        int exitCode = 0;
        foreach (string text in line.GetValue(images))
        {
            try
            {
                (ImageSummary found, ImageManifest manifest, _) = await service.ReadAsync(text, cancellationToken);
                views.Add(ImageView.Of(found, names, manifest));
            }
            catch (HearthException failure)
            {
                context.Error.WriteLine($"hearth: {failure.Message}");
                exitCode = 1;
            }
        }

        if (line.GetValue(inspectFormat) is { } template and not "json")
        {
            RowOutput.WriteTemplate(context.Output, template, new Dictionary<string, string>(), views, OutputJson.Views.ImageView);
        }
        else
        {
            JsonOutput.Write(context.Output, views, OutputJson.Views.ListImageView);
        }

        return exitCode;
    }
}
