using System.CommandLine;
using Hearth.Cli.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth create</c>: a container that <c>hearth start</c> starts.</summary>
internal sealed class CreateCommand(CommandContext context, GlobalFlags global)
{
    private readonly RunCommand run = new(context, global);

    public HearthCommand Create()
    {
        HearthCommand command = run.Describe(new HearthCommand("create", "Make a container without starting it")
        {
            Usage = "[FLAGS] DIRECTORY [--] COMMAND [ARG...]\n        hearth create [FLAGS] --bundle DIR [ID]",
            Details = """
                Prints the container's id. Nothing runs, and nothing is read of the directory, until 'hearth start'.
                Of the flags that 'hearth run' has, those that concern a caller who waits are missing.
                """,
            FlagsEndAtFirstArgument = true,
            Examples = [("hearth create --name web ./image /srv/start", "then: hearth start web")],
        }, isRun: false);
        command.SetAction((line, _) => ContainerCommands.AttemptAsync(context, () => CreateAsync(command, line)));
        return command;
    }

    private async Task<int> CreateAsync(HearthCommand command, ParseResult line)
    {
        ContainerDescription description = run.Describe(command, line);
        Container container = run.Create(ContainerCommands.Open(context, global.Directories(line, context)), description, line);
        await context.Output.WriteLineAsync(container.Id);
        return 0;
    }
}
