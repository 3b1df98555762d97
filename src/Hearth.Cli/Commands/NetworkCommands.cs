using Hearth.Cli.CommandLine;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth network</c>: the networks of containers.</summary>
internal sealed class NetworkCommands(CommandContext context, GlobalFlags global)
{
    private readonly NetworkPolicyCommands policies = new(context, global);

    public Command Create() => new Command("network", "Manage where containers may connect to") { Usage = "COMMAND" }
        .WithCommands(policies.CreatePolicy(), policies.CreateExplain());
}
