using Hearth.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>The flags for where a container may connect to.</summary>
internal sealed class EgressFlags
{
    private readonly Flag<bool> denies = Flag.Choice("--egress",
        "what happens to connections that no --allow or --deny names\n(default allow)", ("allow", false), ("deny", true));

    private readonly Flag<string[]> allow = Flag.List("--allow", "TARGET",
        "allow connections to a network (10.0.0.0/8), a name (example.org,\n*.example.org) or the host's own services (host), each also :PORT");

    private readonly Flag<string[]> deny = Flag.List("--deny", "TARGET", "deny connections, also those that --allow names");

    public Flag[] All => [denies, allow, deny];

    public NetworkOptions Read(ParsedLine line, NetworkOptions options) => options with
    {
        DeniesEgress = line.GetValue(denies),
        Allow = line.GetValue(allow),
        Deny = line.GetValue(deny),
    };
}
