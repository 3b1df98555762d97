using System.Globalization;
using Hearth.Cli.Commands.Images;
using Hearth.Client;
using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Volumes;
using Hearth.Records.Volumes;
using Hearth.Rendering;
using Hearth.Templates;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth system df -v</c>: what each image, container and volume occupies.</summary>
internal sealed class DiskUseDetails(CommandContext context, GlobalFlags global)
{
    private readonly ImageFlags images = new(context, global);

    public async Task ShowAsync(ParsedLine line)
    {
        IContainers service = ContainerCommands.Open(context, global, line);
        IReadOnlyList<ContainerEntry> containers = await service.ListAsync();
        await ShowImagesAsync(line, containers);
        await ShowContainersAsync(service, containers);
        await ShowVolumesAsync(line, containers);
    }

    private async Task ShowImagesAsync(ParsedLine line, IReadOnlyList<ContainerEntry> containers)
    {
        DateTimeOffset now = context.Clock.GetUtcNow();
        List<IReadOnlyList<string>> rows = [];
        foreach (ImageSummary image in await images.Open(line).ListAsync())
        {
            ImageRow row = ImageRow.Of(image, now, isWhole: false);
            rows.Add([row.Repository, row.Tag, row.ID, row.CreatedSince, row.Size, Number(containers.Count(entry => entry.Container.Description.Image?.Id == image.Id.ToString()))]);
        }

        Show("Images space usage:", ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "CONTAINERS"], rows);
    }

    private async Task ShowContainersAsync(IContainers service, IReadOnlyList<ContainerEntry> containers)
    {
        DateTimeOffset now = context.Clock.GetUtcNow();
        List<IReadOnlyList<string>> rows = [];
        foreach (Container container in containers.Select(entry => entry.Container))
        {
            ContainerRow row = ContainerRow.Of(container, [], now, isWhole: false);
            int volumes = container.Description.Volumes.Count(volume => volume.Kind == VolumeKind.Volume);
            rows.Add([row.ID, row.Root, row.Command, Number(volumes), Size(await service.ReadSizeAsync(container)), row.RunningFor, row.Status, row.Names]);
        }

        Show("Containers space usage:", ["CONTAINER ID", "ROOT", "COMMAND", "VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES"], rows);
    }

    private async Task ShowVolumesAsync(ParsedLine line, IReadOnlyList<ContainerEntry> containers)
    {
        IReadOnlyList<VolumeEntry> volumes = await VolumeCommands.Open(context, global, line).ListAsync();
        Show("Volumes space usage:", ["VOLUME NAME", "CONTAINERS", "SIZE"],
            [.. volumes.Select(volume => (IReadOnlyList<string>)[volume.Name, Number(containers.Count(entry => Has(entry.Container, volume))), Size(volume.UsedBytes)])]);
    }

    private static bool Has(Container container, VolumeEntry volume) => container.Description.Volumes.Any(mount => mount.Kind == VolumeKind.Volume && mount.Source == volume.Name);

    private void Show(string title, IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        context.Output.WriteLine(title);
        context.Output.WriteLine();
        TextTable.Write(context.Output, headings, rows);
        context.Output.WriteLine();
    }

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Size(long bytes) => new ByteSize(bytes).ToDecimal();
}
