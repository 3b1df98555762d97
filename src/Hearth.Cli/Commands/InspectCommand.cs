using System.Text.Json;
using Hearth.Cli.Commands.Images;
using Hearth.Client;
using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Records.Recovery;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth inspect</c>: details of containers, images, networks and volumes.</summary>
internal sealed class InspectCommand(CommandContext context, GlobalFlags global)
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(2);

    private readonly Argument<string[]> references = Argument.OneOrMore("CONTAINER");

    private readonly Flag<string?> format = Flag.Text("--format", "FORMAT", "json, or a template such as '{{.State.Status}}'", "-f");

    private readonly Flag<InspectedKind> kind = Flag.Choice("--type", "what NAME is (default the first of these that there is)",
        ("any", InspectedKind.Any), ("container", InspectedKind.Container), ("image", InspectedKind.Image), ("network", InspectedKind.Network), ("volume", InspectedKind.Volume));

    private readonly Flag<bool> size = Flag.Switch("--size", "show also what a container occupies on the host's disk", "-s");

    private readonly ImageFlags images = new(context, global);

    /// <summary>What a name can be, in the order in which it is looked for.</summary>
    private enum InspectedKind
    {
        Any,
        Container,
        Image,
        Network,
        Volume,
    }

    public Command Create() => new Command("inspect", "Show details of containers, images, networks and volumes, as JSON")
    {
        Usage = "[FLAGS] NAME [NAME...]",
        Examples = [("hearth inspect web | jq '.[0].State.Status'", "\"running\""), ("hearth inspect --type image -f '{{.Config.Entrypoint}}' nginx", "not a container of this name")],
    }.WithFlags("Flags", format, size, kind).WithArguments(references)
        .WithAction(line => ContainerCommands.AttemptAsync(context, () => ShowAsync(line)));

    private async Task<int> ShowAsync(ParsedLine line)
    {
        IContainers service = ContainerCommands.Open(context, global, line);
        List<JsonElement> views = [];
        int exitCode = 0;
        foreach (string reference in line.GetValue(references))
        {
            try
            {
                views.Add(await FindAsync(service, reference, line));
            }
            catch (HearthException failure)
            {
                await context.Error.WriteLineAsync($"hearth: {failure.Message}");
                exitCode = 1;
            }
        }

        if (line.GetValue(format) is { } template and not "json")
        {
            RowOutput.WriteTemplate(context.Output, template, new Dictionary<string, string>(), views, OutputJson.Views.JsonElement);
        }
        else
        {
            JsonOutput.Write(context.Output, views, OutputJson.Views.ListJsonElement);
        }

        return exitCode;
    }

    /// <exception cref="HearthException">There is none; of any kind, what is said is about a container.</exception>
    private async Task<JsonElement> FindAsync(IContainers service, string reference, ParsedLine line)
    {
        ContainerSizes? sizes = line.GetValue(size) ? new ContainerSizes(service, images.Open(line)) : null;
        switch (line.GetValue(kind))
        {
            case InspectedKind.Container:
                return await ContainerAsync(service, reference, sizes);
            case InspectedKind.Image:
                return await ImageAsync(reference, line);
            case InspectedKind.Network:
                return await NetworkAsync(reference, line);
            case InspectedKind.Volume:
                return await VolumeAsync(reference, line);
        }

        try
        {
            return await ContainerAsync(service, reference, sizes);
        }
        catch (HearthException failure) when (failure.Error == HearthError.ContainerUnknown)
        {
            if (await TryFindOtherAsync(reference, line) is { } other)
            {
                return other;
            }

            throw;
        }
    }

    private async Task<JsonElement?> TryFindOtherAsync(string reference, ParsedLine line)
    {
        foreach (Func<string, ParsedLine, Task<JsonElement>> find in (Func<string, ParsedLine, Task<JsonElement>>[])[ImageAsync, NetworkAsync, VolumeAsync])
        {
            try
            {
                return await find(reference, line);
            }
            catch (HearthException failure) when (failure.Error is HearthError.ImageUnknown or HearthError.NetworkUnknown or HearthError.VolumeUnknown or HearthError.InvalidRequest)
            {
                // It may be of the next kind; a name can also be invalid for one kind.
            }
        }

        return null;
    }

    private static async Task<JsonElement> ContainerAsync(IContainers service, string reference, ContainerSizes? sizes)
    {
        (Container container, _, RunResources? resources) = await service.FindAsync(reference);
        ContainerView view = ContainerView.Of(container, resources, await TryReadNetworkAsync(service, container));
        if (sizes is not null)
        {
            (long own, long whole) = await sizes.ReadAsync(container);
            view = view with { SizeRw = own, SizeRootFs = whole };
        }

        return JsonSerializer.SerializeToElement(view, OutputJson.Views.ContainerView);
    }

    private async Task<JsonElement> ImageAsync(string reference, ParsedLine line)
    {
        IImages service = images.Open(line);
        ImageDetail found = await service.ReadAsync(reference);
        return JsonSerializer.SerializeToElement(ImageView.Of(found.Image, await service.ListAsync(), found.Manifest), OutputJson.Views.ImageView);
    }

    private async Task<JsonElement> NetworkAsync(string reference, ParsedLine line)
    {
        NetworkDetail found = await NetworkCommands.Open(context, global, line).FindAsync(reference);
        return JsonSerializer.SerializeToElement(NetworkDetails.Of(found.Network, found.Members), OutputJson.Views.NetworkDetails);
    }

    private async Task<JsonElement> VolumeAsync(string reference, ParsedLine line) =>
        JsonSerializer.SerializeToElement(VolumeView.Of(await VolumeCommands.Open(context, global, line).FindAsync(reference)), OutputJson.Views.VolumeView);

    /// <summary>Null for a container that does not run, or does not answer soon.</summary>
    private static async Task<NetworkReport?> TryReadNetworkAsync(IContainers service, Container container)
    {
        if (container.Description.Network.Mode == NetworkMode.None || container.State.Status is not (ContainerStatus.Running or ContainerStatus.Paused))
        {
            return null;
        }

        using CancellationTokenSource deadline = new(patience);
        try
        {
            return await service.NetworkAsync(container.Id, deadline.Token);
        }
        catch (Exception failure) when (failure is HearthException or OperationCanceledException)
        {
            return null;
        }
    }
}
