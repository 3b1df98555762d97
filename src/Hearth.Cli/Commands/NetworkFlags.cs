using Hearth.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>The flags of <c>run</c> and <c>create</c> for the container's network.</summary>
internal sealed class NetworkFlags
{
    private readonly Flag<NetworkChoice?> network = Flag.Parsed<NetworkChoice?>("--network", "NETWORK",
        $"nat is a bridge with masquerading, none only loopback; auto is nat\nwhere the host can, else none; host-forward, netns:PATH, cni:NAME;\nor networks of 'hearth network create', also several, each also as\nNAME:ip=ADDRESS,mac=ADDRESS,alias=NAME\n(default ${ContainerDescription.NetworkVariable}, else auto)",
        NetworkChoice.Parse).AlsoNamed("--net");

    private readonly Flag<string?> subnet = Flag.Text("--subnet", "CIDR",
        $"IPv4 network of nat (default ${ContainerDescription.SubnetVariable}, else 172.29.0.0/16);\nall containers of nat must have the same");

    private readonly Flag<string?> address = Flag.Text("--ip", "ADDRESS", "IPv4 address in the first network (default any free one)");

    private readonly Flag<string?> hardwareAddress = Flag.Text("--mac-address", "MAC", "MAC address in the first network (default: follows from the address)");

    private readonly Flag<string[]> aliases = Flag.List("--network-alias", "NAME", "further name of the container in its networks").AlsoNamed("--net-alias");

    private readonly Flag<string[]> hosts = Flag.List("--add-host", "NAME:ADDRESS", "add a line to /etc/hosts; host-gateway means the host's address");

    private readonly Flag<string[]> servers = Flag.List("--dns", "ADDRESS", "DNS server to ask instead of the host's");

    private readonly Flag<string[]> searchDomains = Flag.List("--dns-search", "DOMAIN", "domain to search instead of the host's; . for none");

    private readonly Flag<string[]> resolverOptions = Flag.List("--dns-option", "OPTION", "option of resolv.conf instead of the host's, such as ndots:2").AlsoNamed("--dns-opt");

    private readonly Flag<ByteSize?> rate = Flag.Size("--network-rate", "most bytes per second that the container sends, and that it receives");

    private readonly Flag<ByteSize?> burst = Flag.Size("--network-burst", "what may pass at once after a pause\n(default a tenth of a second of the rate, at least 64 KiB)");

    private readonly EgressFlags egress = new();

    private readonly PortFlags ports = new();

    public Flag[] All => [network, subnet, address, hardwareAddress, aliases, .. ports.All, hosts, servers, searchDomains, resolverOptions, .. egress.All, rate, burst];

    /// <exception cref="UsageException">A value is invalid, or a flag needs a network and there is none.</exception>
    public NetworkOptions Read(ParsedLine line, Func<string, string?> environment)
    {
        NetworkChoice choice = CommonFlags.Parsed(() => line.GetValue(network) ?? NetworkChoice.OfEnvironment(environment));
        NetworkOptions options = new()
        {
            Mode = choice.Mode,
            Target = choice.Target,
            Subnet = line.GetValue(subnet) ?? SubnetOf(environment),
            CniConfigurations = choice.Mode == NetworkMode.Cni ? NotEmpty(environment(ContainerDescription.CniConfigurationsVariable)) : null,
            CniPlugins = choice.Mode == NetworkMode.Cni ? NotEmpty(environment(ContainerDescription.CniPluginsVariable))?.Split(':') ?? [] : [],
            Networks = PlacementsOf(choice, line),
            Hosts = CommonFlags.Parsed<HostEntry[]>(() => [.. line.GetValue(hosts).Select(HostEntry.Parse)]),
            NameServers = line.GetValue(servers),
            SearchDomains = line.GetValue(searchDomains),
            ResolverOptions = line.GetValue(resolverOptions),
            Rate = line.GetValue(rate),
            Burst = line.GetValue(burst),
        };
        options = ports.Read(line, egress.Read(line, options));
        if (options.Mode == NetworkMode.None && (NeedsNetwork(options) || line.GetValue(subnet) is not null))
        {
            throw new UsageException("a container with --network none has no addresses, names, ports, limits or egress policy: use --network nat, or leave these flags out");
        }

        if (line.GetValue(subnet) is not null && options.Mode is not (NetworkMode.Auto or NetworkMode.Nat))
        {
            throw new UsageException("--subnet is the network of nat: use --network nat, or leave it out");
        }

        return options.Burst is not null && options.Rate is null
            ? throw new UsageException("--network-burst needs a --network-rate")
            : options;
    }

    /// <summary>The IPv4 network of nat that the environment names; null for none.</summary>
    public static string? SubnetOf(Func<string, string?> environment) =>
        environment(ContainerDescription.SubnetVariable) is { Length: > 0 } text ? text : null;

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>Adds the flags for the first network, and the names for all.</summary>
    private IReadOnlyList<NetworkPlacement> PlacementsOf(NetworkChoice choice, ParsedLine line)
    {
        string? ip = line.GetValue(address);
        string? mac = line.GetValue(hardwareAddress);
        string[] names = line.GetValue(aliases);
        if (ip is null && mac is null && names.Length == 0)
        {
            return choice.Networks;
        }

        NetworkPlacement[] places = choice.Networks.Count > 0 ? [.. choice.Networks] : [new NetworkPlacement(NetworkOptions.DefaultNetwork)];
        places = [.. places.Select(place => place with { Aliases = [.. place.Aliases, .. names] })];
        places[0] = places[0] with { Address = ip ?? places[0].Address, HardwareAddress = mac ?? places[0].HardwareAddress };
        return places;
    }

    private static bool NeedsNetwork(NetworkOptions options) =>
        options.DeniesEgress || options.PublishesExposedPorts || options.PublishesLoopback || options.Rate is not null
        || options.Networks.Count + options.Hosts.Count + options.Allow.Count + options.Deny.Count + options.Ports.Count
            + options.NameServers.Count + options.SearchDomains.Count + options.ResolverOptions.Count > 0;
}
