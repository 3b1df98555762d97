using Hearth.Cli.CommandLine;
using Hearth.Cli.Completion;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth completion</c>: scripts that have a shell complete this program's commands, made of the commands themselves.</summary>
/// <param name="context">Takes the script.</param>
/// <param name="createRoot">Gives the command that has all others.</param>
internal sealed class CompletionCommands(CommandContext context, Func<Command> createRoot)
{
    public Command Create() => new Command("completion", "Print a script that has a shell complete commands, flags and containers") { Usage = "COMMAND" }
        .WithCommands(
            Create("bash", "source <(hearth completion bash)", BashCompletion.Write),
            Create("zsh", "source <(hearth completion zsh)", ZshCompletion.Write),
            Create("fish", "hearth completion fish | source", FishCompletion.Write));

    private Command Create(string shell, string use, Action<Command, TextWriter> write) =>
        new Command(shell, $"Print the script for {shell}") { Examples = [(use, "use it in this shell")] }
            .WithAction(_ => write(createRoot(), context.Output));
}
