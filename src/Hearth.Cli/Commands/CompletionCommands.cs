using Hearth.Cli.CommandLine;
using Hearth.Cli.Completion;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth completion</c>: scripts that have a shell complete this program's commands, made of the commands themselves.</summary>
/// <param name="context">Takes the script.</param>
/// <param name="createRoot">Gives the command that has all others.</param>
internal sealed class CompletionCommands(CommandContext context, Func<HearthCommand> createRoot)
{
    public HearthCommand Create() => new HearthCommand("completion", "Print a script that has a shell complete commands, flags and containers") { Usage = "COMMAND" }
        .WithCommands(
            Create("bash", "source <(hearth completion bash)", BashCompletion.Write),
            Create("zsh", "source <(hearth completion zsh)", ZshCompletion.Write),
            Create("fish", "hearth completion fish | source", FishCompletion.Write));

    private HearthCommand Create(string shell, string use, Action<CompletedCommand, TextWriter> write)
    {
        var command = new HearthCommand(shell, $"Print the script for {shell}") { Examples = [(use, "use it in this shell")] };
        command.SetAction(_ => write(CompletedCommand.Of(createRoot()), context.Output));
        return command;
    }
}
