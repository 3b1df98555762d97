using Hearth.Client;
using Hearth.CommandLine;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth diff</c>: what a container changed of its root.</summary>
internal sealed class DiffCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> reference = Argument.One("CONTAINER");

    public Command Create() => new Command("diff", "List what a container changed of its root")
    {
        Usage = "CONTAINER",
        Details = "Each line is a letter and a path: A added, C changed, D deleted. Volumes and other mounts are left out.",
        Examples = [("hearth diff web", "before 'hearth commit web'")],
    }.WithArguments(reference)
        .WithAction(ShowAsync);

    private async Task<int> ShowAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        IContainers service = ContainerCommands.OpenAsIs(context, global, line);
        foreach (RootChange change in await ContainerChanges.ReadAsync(service, await service.FindIdAsync(line.GetValue(reference), cancellationToken), cancellationToken))
        {
            await context.Output.WriteLineAsync($"{change.Kind} {change.Path}");
        }

        return 0;
    }
}
