using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Control;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth network policy</c> and <c>hearth network explain</c>: where containers may connect to.</summary>
internal sealed class NetworkPolicyCommands(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> reference = Argument.One("CONTAINER");
    private readonly Argument<string> destination = Argument.One("HOST[:PORT]");
    private readonly EgressFlags egress = new();
    private readonly Flag<OutputFormat> format = CommonFlags.Format();

    public Command CreatePolicy() => new Command("policy", "Show or change where a container may connect to") { Usage = "COMMAND" }
        .WithCommands(CreateShow(), CreateSet());

    public Command CreateExplain() => new Command("explain", "Say which rule decides about a connection of a running container")
    {
        Usage = "CONTAINER HOST[:PORT]",
        Details = """
            HOST is an address, a name, or 'host' for the host's own services. PORT can end in /tcp or /udp.
            Exits with 1 if the connection is denied.
            """,
        Examples = [("hearth network explain web example.org:443", "allowed or denied, and why")],
    }.WithArguments(reference, destination)
        .WithAction((line, cancellationToken) => ContainerCommands.AttemptAsync(context, () => ExplainAsync(line, cancellationToken)));

    private Command CreateShow() => new Command("show", "Show a container's egress policy") { Usage = "[FLAGS] CONTAINER" }
        .WithFlags("Flags", format).WithArguments(reference)
        .WithAction(ShowAsync);

    private Command CreateSet() => new Command("set", "Replace a container's egress policy")
    {
        Usage = "FLAGS CONTAINER",
        Details = """
            The flags are the whole new policy. In a running container it applies at once: connections that it
            forbids are cut, others go on. '--egress allow' alone removes the policy.
            """,
        Examples = [("hearth network policy set --egress deny --allow example.org:443 web", "only one name, by HTTPS")],
    }.WithFlags("Flags", egress.All).WithArguments(reference)
        .WithAction(SetAsync);

    private async Task<int> ShowAsync(ParsedLine line)
    {
        IContainers service = ContainerCommands.OpenAsIs(context, global, line);
        EgressRules rules = EgressRules.Of((await service.FindAsync(line.GetValue(reference))).Container.Description.Network);
        if (line.GetValue(format) == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, new PolicyView(PolicyView.WordOf(rules), rules.Allow, rules.Deny), OutputJson.Default.PolicyView);
            return 0;
        }

        await context.Output.WriteLineAsync($"--egress {PolicyView.WordOf(rules)}");
        foreach ((string flag, string entry) in rules.Allow.Select(entry => ("--allow", entry)).Concat(rules.Deny.Select(entry => ("--deny", entry))))
        {
            await context.Output.WriteLineAsync($"{flag} {entry}");
        }

        return 0;
    }

    private async Task<int> SetAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        if (!egress.All.Any(line.IsGiven))
        {
            throw new UsageException("no policy was given: use --egress, --allow or --deny; '--egress allow' alone removes the policy");
        }

        IContainers service = ContainerCommands.OpenAsIs(context, global, line);
        string id = await service.FindIdAsync(line.GetValue(reference), cancellationToken);
        await service.ConfineAsync(id, EgressRules.Of(egress.Read(line, new NetworkOptions())), cancellationToken);
        return 0;
    }

    private async Task<int> ExplainAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        IContainers service = ContainerCommands.OpenAsIs(context, global, line);
        ExplainReply reply = await service.ExplainAsync(await service.FindIdAsync(line.GetValue(reference), cancellationToken), line.GetValue(destination), cancellationToken);
        await context.Output.WriteLineAsync(reply.Text);
        return reply.IsAllowed ? 0 : 1;
    }
}
