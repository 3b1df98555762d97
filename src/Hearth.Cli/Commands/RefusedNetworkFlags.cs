using Hearth.CommandLine;

namespace Hearth.Cli.Commands;

/// <summary>docker's flags of <c>network create</c> and <c>connect</c> that Hearth's networks cannot honour: refused, as docker's API of hearthd does.</summary>
internal sealed class RefusedNetworkFlags
{
    private const string NoCluster = "there are no clusters of daemons";

    private readonly UnhonouredFlag[] ofCreation =
    [
        new("--scope", $"{NoCluster}; there is 'local'", "local"),
        new("--config-from", NoCluster),
        new("--ipam-driver", "there is 'default'", "default"),
        new("--ipam-opt", "Hearth itself gives the addresses, and has no options"),
    ];

    private readonly UnhonouredFlag[] ofConnection =
    [
        new("--ip6", "a container's IPv6 address follows from its IPv4 address, which --ip chooses"),
        new("--link", "containers of one network know each other by name; --alias gives another one"),
        new("--link-local-ip", "a container has one IPv4 address in each network; choose it with --ip"),
        new("--driver-opt", "the interfaces of machines have no options"),
    ];

    private readonly (Flag<bool> Flag, bool Usual, string Reason)[] switches =
    [
        (Flag.Switch("--config-only", "").Hidden(), false, NoCluster),
        (Flag.Switch("--ingress", "").Hidden(), false, NoCluster),
        (Flag.Switch("--ipv4", "", isOn: true).Hidden(), true, "a network always has IPv4"),
    ];

    /// <summary>Every network can be joined.</summary>
    private readonly Flag<bool> attachable = Flag.Switch("--attachable", "", isOn: true).Hidden();

    public Flag[] OfCreation => [.. ofCreation.Select(each => each.Flag), .. switches.Select(entry => entry.Flag), attachable];

    public Flag[] OfConnection => [.. ofConnection.Select(each => each.Flag)];

    /// <exception cref="UsageException">A flag that is refused was given.</exception>
    public void CheckCreation(ParsedLine line)
    {
        Array.ForEach(ofCreation, flag => flag.Refuse(line));
        foreach ((Flag<bool> flag, bool usual, string reason) in switches)
        {
            if (line.GetValue(flag) != usual)
            {
                throw new UsageException($"cannot use {flag.Name}={(usual ? "false" : "true")}: {reason}");
            }
        }
    }

    /// <exception cref="UsageException">A flag that is refused was given.</exception>
    public void CheckConnection(ParsedLine line) => Array.ForEach(ofConnection, flag => flag.Refuse(line));
}
