using System.Globalization;
using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Volumes;
using Hearth.Records.Volumes;
using Hearth.Remote;
using Hearth.Rendering;
using Hearth.Templates;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth volume</c>: the named volumes.</summary>
internal sealed class VolumeCommands(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string?> newName = Argument.Optional("NAME");
    private readonly Argument<string[]> names = Argument.OneOrMore("VOLUME");
    private readonly Flag<ByteSize?> size = Flag.Size("--size", $"maximum size; the disk is sparse (default {VolumeStore.DefaultSize})");
    private readonly Flag<string[]> labels = Flag.List("--label", "NAME[=VALUE]", "set a label");
    private readonly Flag<OutputFormat> format = CommonFlags.Format();
    private readonly Flag<bool> quiet = Flag.Switch("--quiet", "print only names", "-q");
    private readonly Flag<bool> all = Flag.Switch("--all", "also named volumes", "-a");
    private readonly Flag<bool> force = Confirmation.Force();
    private readonly Flag<bool> isLenient = Flag.Switch("--force", "no error for a volume that does not exist", "-f");
    private readonly Flag<string?> template = Flag.Text("--format", "FORMAT", "json, or a template such as '{{.Mountpoint}}', with docker's names", "-f");
    private readonly Flag<string[]> filters = Flag.List("--filter", "NAME=VALUE", "name=…, label=NAME[=VALUE], dangling=true|false, driver=local", "-f");
    private readonly Flag<string[]> pruneFilters = Flag.List("--filter", "NAME=VALUE", "label=NAME[=VALUE], label!=NAME[=VALUE], all=true");
    private readonly Flag<string> driver = Flag.Choice("--driver", "kind of volume; there is one", "-d", [(VolumeView.OnlyDriver, VolumeView.OnlyDriver)]);
    private readonly Flag<string[]> options = Flag.List("--opt", "size=SIZE", "the same as --size", "-o");

    public Command Create() => new Command("volume", "Manage named volumes") { Usage = "COMMAND" }
        .WithCommands(CreateCreate(), CreateList(), CreateInspect(), CreateRemove(), CreatePrune());

    private Command CreateCreate() => new Command("create", "Create a volume and print its name")
    {
        Usage = "[FLAGS] [NAME]",
        Details = """
            A volume is a disk with its own file system, which '-v NAME:DIR' mounts in a container. It remains
            when the container is removed. 'hearth run' creates missing volumes.
            """,
        Examples = [("hearth volume create --size 20g data", "then: hearth run -v data:/var/lib/data ...")],
    }.WithFlags("Flags", size, labels, driver, options).WithArguments(newName)
        .WithAction(MakeAsync);

    private Command CreateList() => new Command("ls", "List volumes")
    {
        Usage = "[FLAGS]",
        Examples = [("hearth volume ls --format json", "for programs")],
    }.WithFlags("Flags", filters, format, quiet)
        .WithAction(async (line, cancellationToken) =>
        {
            VolumeFilter filter = VolumeFilter.Parse(line.GetValue(filters));
            Show([.. (await Open(line).ListAsync(cancellationToken)).Where(filter.Matches)], line);
            return 0;
        });

    private Command CreateInspect() => new Command("inspect", "Show details of volumes, as JSON") { Usage = "[FLAGS] VOLUME..." }.WithFlags("Flags", template).WithArguments(names)
        .WithAction(InspectAsync);

    private Command CreateRemove() => new Command("rm", "Remove volumes with their contents") { Usage = "[FLAGS] VOLUME..." }.WithFlags("Flags", isLenient).WithArguments(names)
        .WithAction(line => NamedRemoval.RunAsync(context, line.GetValue(names), name => RemoveAsync(Open(line), name, line.GetValue(isLenient))));

    private Command CreatePrune() => new Command("prune", "Remove anonymous volumes that no container uses")
    {
        Usage = "[FLAGS]",
        Details = """
            The contents of the volumes are lost.
            """,
        Examples = [("hearth volume prune --all", "every volume that is not in use")],
    }.WithFlags("Flags", all, pruneFilters, force)
        .WithAction(PruneAsync);

    /// <summary>As with docker, --force removes what is not there.</summary>
    private static async Task RemoveAsync(IVolumes volumes, string name, bool isLenient)
    {
        try
        {
            await volumes.RemoveAsync(name);
        }
        catch (HearthException failure) when (isLenient && failure.Error == HearthError.VolumeUnknown)
        {
            // It is as the user wants it.
        }
    }

    private async Task<int> MakeAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        string? given = line.GetValue(newName);
        string name = given ?? VolumeName.NewAnonymous();
        await Open(line).CreateAsync(new VolumeRequest(name, ReadSize(line), CommonFlags.ReadLabels(line.GetValue(labels)), IsAnonymous: given is null), cancellationToken);
        await context.Output.WriteLineAsync(name);
        return 0;
    }

    private ByteSize? ReadSize(ParsedLine line)
    {
        ByteSize? read = line.GetValue(size);
        foreach (string option in line.GetValue(options))
        {
            read = option.StartsWith("size=", StringComparison.Ordinal) && ByteSize.TryParse(option["size=".Length..], out ByteSize given)
                ? given
                : throw new UsageException($"cannot use --opt {option}: a volume is a disk of its own; there is size=SIZE, and -v mounts a directory of the host");
        }

        return read;
    }

    private void Show(IReadOnlyList<VolumeEntry> volumes, ParsedLine line)
    {
        if (line.GetValue(quiet))
        {
            foreach (VolumeEntry volume in volumes)
            {
                context.Output.WriteLine(volume.Name);
            }

            return;
        }

        if (line.GetValue(format) == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, volumes, OutputJson.Default.IReadOnlyListVolumeEntry);
            return;
        }

        TextTable.Write(
            context.Output,
            ["VOLUME NAME", "SIZE", "USED", "CREATED", "IN USE"],
            [.. volumes.Select(volume => (IReadOnlyList<string>)
                [volume.Name, $"{new ByteSize(volume.SizeInBytes)}", $"{new ByteSize(volume.UsedBytes)}", volume.CreatedAt.ToString("u", CultureInfo.InvariantCulture), volume.InUse ? "yes" : ""])]);
    }

    private async Task<int> InspectAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        IVolumes volumes = Open(line);
        List<VolumeEntry> found = [];
        foreach (string name in line.GetValue(names))
        {
            found.Add(await volumes.FindAsync(name, cancellationToken));
        }

        if (line.GetValue(template) is { } text and not "json")
        {
            RowOutput.WriteTemplate(context.Output, text, new Dictionary<string, string>(), [.. found.Select(VolumeView.Of)], OutputJson.Views.VolumeView);
        }
        else
        {
            JsonOutput.Write(context.Output, found, OutputJson.Default.IReadOnlyListVolumeEntry);
        }

        return 0;
    }

    private async Task<int> PruneAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        (VolumeFilter filter, bool isAll) = VolumeFilter.ParseOfPrune(line.GetValue(pruneFilters));
        bool includesNamed = isAll || line.GetValue(all);
        string which = includesNamed ? "all volumes" : "all anonymous volumes";
        if (!line.GetValue(force) && !Confirmation.Ask(context, $"This removes {which} that no container uses, with their contents."))
        {
            return 1;
        }

        IReadOnlyList<VolumeEntry> removed = await Open(line).PruneAsync(includesNamed, line.IsGiven(pruneFilters) ? filter.Matches : null, cancellationToken);
        foreach (VolumeEntry volume in removed)
        {
            context.Output.WriteLine(volume.Name);
        }

        context.Error.WriteLine($"Removed {removed.Count}, {new ByteSize(removed.Sum(volume => volume.UsedBytes))} in all.");
        return 0;
    }

    private IVolumes Open(ParsedLine line) => Open(context, global, line);

    /// <summary>Those of the chosen host.</summary>
    public static IVolumes Open(CommandContext context, GlobalFlags global, ParsedLine line) => global.FindHost(line, context) is { } access
        ? new RemoteVolumes(new WorkerConnection(access))
        : new HostVolumes(new VolumeStore(global.Directories(line, context), context.Clock));
}
