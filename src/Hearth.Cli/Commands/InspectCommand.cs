using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Records.Recovery;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth inspect</c>: details of containers.</summary>
internal sealed class InspectCommand(CommandContext context, GlobalFlags global)
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(2);

    private readonly Argument<string[]> references = Argument.OneOrMore("CONTAINER");

    private readonly Flag<string?> format = Flag.Text("--format", "FORMAT", "json, or a template such as '{{.State.Status}}'", "-f");

    public Command Create() => new Command("inspect", "Show details of containers, as JSON")
    {
        Usage = "[FLAGS] CONTAINER [CONTAINER...]",
        Examples = [("hearth inspect web | jq '.[0].State.Status'", "\"running\"")],
    }.WithFlags("Flags", format).WithArguments(references)
        .WithAction(line => ContainerCommands.AttemptAsync(context, () => ShowAsync(line)));

    private async Task<int> ShowAsync(ParsedLine line)
    {
        IContainers service = ContainerCommands.Open(context, global, line);
        List<ContainerView> views = [];
        int exitCode = 0;
        foreach (string reference in line.GetValue(references))
        {
            try
            {
                (Container container, _, RunResources? resources) = await service.FindAsync(reference);
                views.Add(ContainerView.Of(container, resources, await TryReadNetworkAsync(service, container)));
            }
            catch (HearthException failure)
            {
                await context.Error.WriteLineAsync($"hearth: {failure.Message}");
                exitCode = 1;
            }
        }

        if (line.GetValue(format) is { } template and not "json")
        {
            RowOutput.WriteTemplate(context.Output, template, new Dictionary<string, string>(), views, OutputJson.Views.ContainerView);
        }
        else
        {
            JsonOutput.Write(context.Output, views, OutputJson.Views.ListContainerView);
        }

        return exitCode;
    }

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
