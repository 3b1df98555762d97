using Hearth.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth create</c>: a container that <c>hearth start</c> starts.</summary>
internal sealed class CreateCommand(CommandContext context, GlobalFlags global)
{
    private readonly RunCommand run = new(context, global);

    public Command Create() => run.Describe(new Command("create", "Create a container without starting it")
    {
        Usage = "[FLAGS] DIRECTORY [--] COMMAND [ARG...]\n        hearth create [FLAGS] IMAGE [--] [COMMAND] [ARG...]\n        hearth create [FLAGS] --bundle DIR [ID]",
        Details = """
            Prints the container's id. Nothing runs, and a directory is not read, until 'hearth start'.
            Takes the flags of 'hearth run', except those about the caller's streams and reports.
            """,
        FlagsEndAtFirstArgument = true,
        Examples = [("hearth create --name web ./image /srv/start", "then: hearth start web")],
    }, isRun: false)
        .WithAction(line => ContainerCommands.AttemptAsync(context, () => CreateAsync(line)));

    private async Task<int> CreateAsync(ParsedLine line)
    {
        using DescribedRun described = await run.DescribeAsync(line);
        Container container = await run.CreateAsync(ContainerCommands.Open(context, global, line), described.Description, line);
        await context.Output.WriteLineAsync(container.Id);
        return 0;
    }
}
