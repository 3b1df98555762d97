using Hearth.Cli.Completion;
using Hearth.CommandLine;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth completion</c>: completion scripts for shells, generated from the commands.</summary>
/// <param name="context">Takes the script.</param>
/// <param name="createRoot">Creates the root with all commands.</param>
internal sealed class CompletionCommands(CommandContext context, Func<Command> createRoot)
{
    public Command Create() => new Command("completion", "Print a completion script for a shell") { Usage = "COMMAND" }
        .WithCommands(
            Create("bash", "source <(hearth completion bash)", BashCompletion.Write),
            Create("zsh", "source <(hearth completion zsh)", ZshCompletion.Write),
            Create("fish", "hearth completion fish | source", FishCompletion.Write));

    private Command Create(string shell, string use, Action<Command, TextWriter> write) =>
        new Command(shell, $"Print the script for {shell}") { Examples = [(use, "in this shell")] }
            .WithAction(_ => write(createRoot(), context.Output));
}
