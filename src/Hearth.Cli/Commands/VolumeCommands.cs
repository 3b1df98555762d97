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
    }.WithFlags("Flags", size, labels).WithArguments(newName)
        .WithAction(MakeAsync);

    private Command CreateList() => new Command("ls", "List volumes")
    {
        Usage = "[FLAGS]",
        Examples = [("hearth volume ls --format json", "for programs")],
    }.WithFlags("Flags", format, quiet)
        .WithAction(async (line, cancellationToken) =>
        {
            Show(await Open(line).ListAsync(cancellationToken), line);
            return 0;
        });

    private Command CreateInspect() => new Command("inspect", "Show details of volumes, as JSON") { Usage = "VOLUME..." }.WithArguments(names)
        .WithAction(InspectAsync);

    private Command CreateRemove() => new Command("rm", "Remove volumes with their contents") { Usage = "VOLUME..." }.WithArguments(names)
        .WithAction(line => NamedRemoval.RunAsync(context, line.GetValue(names), name => Open(line).RemoveAsync(name)));

    private Command CreatePrune() => new Command("prune", "Remove anonymous volumes that no container uses")
    {
        Usage = "[FLAGS]",
        Details = """
            The contents of the volumes are lost.
            """,
        Examples = [("hearth volume prune --all", "every volume that is not in use")],
    }.WithFlags("Flags", all, force)
        .WithAction(PruneAsync);

    private async Task<int> MakeAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        string? given = line.GetValue(newName);
        string name = given ?? VolumeName.NewAnonymous();
        await Open(line).CreateAsync(new VolumeRequest(name, line.GetValue(size), CommonFlags.ReadLabels(line.GetValue(labels)), IsAnonymous: given is null), cancellationToken);
        await context.Output.WriteLineAsync(name);
        return 0;
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

        JsonOutput.Write(context.Output, found, OutputJson.Default.IReadOnlyListVolumeEntry);
        return 0;
    }

    private async Task<int> PruneAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        string which = line.GetValue(all) ? "all volumes" : "all anonymous volumes";
        if (!line.GetValue(force) && !Confirmation.Ask(context, $"This removes {which} that no container uses, with their contents."))
        {
            return 1;
        }

        IReadOnlyList<VolumeEntry> removed = await Open(line).PruneAsync(line.GetValue(all), cancellationToken);
        foreach (VolumeEntry volume in removed)
        {
            context.Output.WriteLine(volume.Name);
        }

        context.Error.WriteLine($"Removed {removed.Count}, {new ByteSize(removed.Sum(volume => volume.UsedBytes))} in all.");
        return 0;
    }

    private IVolumes Open(ParsedLine line) => global.FindHost(line, context) is { } access
        ? new RemoteVolumes(new WorkerConnection(access))
        : new HostVolumes(new VolumeStore(global.Directories(line, context), context.Clock));
}
