using Hearth.Cli.Commands.Images;
using Hearth.CommandLine;

namespace Hearth.Cli.Commands;

/// <summary>Flags of docker and podman that a microVM cannot honour: each is refused with the reason.</summary>
internal sealed class RefusedFlags
{
    private const string Devices = "a microVM has no devices of the host; share files with -v";
    private const string Resolver = "the container's resolver is its own init, and the host's resolv.conf decides on timeouts and attempts; omit the flag";
    private const string Mappings = "a microVM has its own users, separate from the host's; omit the flag";

    private readonly (Flag<string[]> Flag, string Reason)[] refused =
    [
        (Hidden("--device"), Devices),
        (Hidden("--device-cgroup-rule"), Devices),
        (Hidden("--gpus"), Devices),
        (Hidden("--dns-option"), Resolver),
        (Hidden("--dns-opt"), Resolver),
        (Hidden("--domainname"), "a container has a host name only; give the whole name with --hostname, such as web.example.org"),
        (Hidden("--link"), "containers of one network know each other by name; create one with 'hearth network create', and give both --network"),
        (Hidden("--link-local-ip"), "a container has one IPv4 address in each network; choose it with --ip"),
        (Hidden("--userns"), Mappings),
        (Hidden("--uidmap"), Mappings),
        (Hidden("--gidmap"), Mappings),
        (Hidden("--subuidname"), Mappings),
        (Hidden("--subgidname"), Mappings),
    ];

    private readonly Flag<bool> trust = ContentTrust.Create();

    public Flag[] All => [.. refused.Select(entry => entry.Flag), trust];

    /// <exception cref="UsageException">One was given.</exception>
    public void Check(ParsedLine line)
    {
        ContentTrust.Check(line, trust);
        foreach ((Flag<string[]> flag, string reason) in refused)
        {
            if (line.GetValue(flag) is [string value, ..])
            {
                throw new UsageException($"cannot use {flag.Name} {value}: {reason}");
            }
        }
    }

    private static Flag<string[]> Hidden(string name) => Flag.List(name, "VALUE", "").Hidden();
}
