using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth update</c>: changes limits and restart policies of containers.</summary>
internal sealed class UpdateCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string[]> references = Argument.OneOrMore("CONTAINER");
    private readonly LimitFlags limits = new();
    private readonly RefusedFlags refused = new();
    private readonly Flag<string?> restart = Flag.Text("--restart", "POLICY", "when hearthd starts the container again: no, always,\nunless-stopped or on-failure[:RETRIES]");

    public Command Create() => new Command("update", "Change the limits and restart policies of containers")
    {
        Usage = "FLAGS CONTAINER [CONTAINER...]",
        Details = """
            A running container gets limits at once, up to what its machine was started with. Larger limits
            apply from its next start. The restart policy is that of its next end.
            """,
        Examples = [("hearth update --memory 256m web", "less than it was started with"), ("hearth update --restart unless-stopped web", "hearthd starts it again")],
    }.WithFlags("Flags", [.. limits.OfUpdate, restart]).WithFlags("Refused", refused.OfUpdate).WithArguments(references)
        .WithAction(line => ContainerCommands.AttemptAsync(context, () => UpdateAsync(line)));

    private Task<int> UpdateAsync(ParsedLine line)
    {
        foreach (string warning in refused.Check(line))
        {
            context.Warn(warning);
        }

        if (!limits.OfUpdate.Append(restart).Concat(refused.OfUpdate).Any(line.IsGiven))
        {
            throw new UsageException("nothing to change: give a limit, such as --memory, or --restart");
        }

        ResourcesSpec change = CommonFlags.Parsed(() => limits.Read(line));
        RestartChange? policy = CommonFlags.Parsed(() => line.GetValue(restart) is { } words ? RestartChange.Parse(words) : null);
        IContainers service = ContainerCommands.Open(context, global, line);
        return ContainerCommands.ForEachAsync(context, service, line.GetValue(references), container => service.UpdateAsync(container.Id, change, policy));
    }
}
