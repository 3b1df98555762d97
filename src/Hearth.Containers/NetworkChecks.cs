using Hearth.Linux.Network;

namespace Hearth.Containers;

/// <summary>Refuses what a container's network cannot honour.</summary>
internal static class NetworkChecks
{
    private const string HostGateway = "host-gateway";

    /// <exception cref="HearthException">A setting has no meaning in the network's mode, a port is none, or something is named twice.</exception>
    public static void Check(NetworkOptions options)
    {
        if (options.Networks.GroupBy(place => place.Network).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot connect the container to the network '{twice.Key}' twice: name each network once");
        }

        if (options.ExposedPorts.FirstOrDefault(port => PortMapping.TryExpand(port) is not [var only] || only != port) is { } wrong)
        {
            throw new HearthException(HearthError.InvalidRequest, $"invalid exposed port '{wrong}': it must be a number from 1 to 65535 and a protocol, such as 80/tcp");
        }

        if (options.ExposedPorts.Distinct().Count() < options.ExposedPorts.Count)
        {
            throw new HearthException(HearthError.InvalidRequest, "cannot expose a port twice: name each exposed port once");
        }

        (string? network, string reason) = options.Mode switch
        {
            NetworkMode.Namespace => ($"netns:{options.Target}", "whoever made the namespace decides that"),
            NetworkMode.Cni => ($"cni:{options.Target}", "its plugins decide that"),
            NetworkMode.HostForward => ("host-forward", "its connections are those of a process of the host"),
            _ => (null, ""),
        };
        if (network is not null && FindUnhonoured(options) is { } flag)
        {
            throw new HearthException(
                HearthError.InvalidRequest, $"cannot use {flag} with --network {network}: {reason}; leave it out, or use --network nat");
        }

        CheckAddresses(options);
    }

    private static void CheckAddresses(NetworkOptions options)
    {
        if (options.ResolverOptions.FirstOrDefault(option => option.Length == 0 || option.Any(char.IsWhiteSpace)) is { } broken)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot use --dns-option '{broken}': give one option of resolv.conf(5), such as ndots:2");
        }

        (string Flag, string? Text)[] addresses =
        [
            .. options.Ports.Select(port => ("--publish", port.HostAddress)),
            .. options.Networks.Select(place => ("--ip", place.Address)),
            .. options.NameServers.Select(server => ("--dns", (string?)server)),
            .. options.Hosts.Where(entry => entry.Address != HostGateway).Select(entry => ("--add-host", (string?)entry.Address)),
        ];
        if (addresses.FirstOrDefault(address => address.Text is not null && !StrictAddress.TryParse(address.Text, out _)) is { Text: { } wrong, Flag: var given })
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot use {given} {wrong}: '{wrong}' is not an IP address; use one such as 172.29.0.10");
        }
    }

    private static string? FindUnhonoured(NetworkOptions options)
    {
        bool hasPorts = options.Mode != NetworkMode.Namespace;
        bool hasPolicy = options.Mode != NetworkMode.HostForward;
        (string Flag, bool IsGiven)[] flags =
        [
            ("--ip", options.Networks.Any(place => place.Address is not null)),
            ("--mac-address", options.Networks.Any(place => place.HardwareAddress is not null)),
            ("--network-alias", options.Networks.Any(place => place.Aliases.Count > 0)),
            ("--dns-option", options.ResolverOptions.Count > 0),
            ("--publish", options.Ports.Count > 0 && !hasPorts),
            ("--publish-all", options.PublishesExposedPorts && !hasPorts),
            ("--publish-loopback", options.PublishesLoopback),
            ("--egress", options.DeniesEgress && !hasPolicy),
            ("--allow", options.Allow.Count > 0 && !hasPolicy),
            ("--deny", options.Deny.Count > 0 && !hasPolicy),
            ("--network-rate", options.Rate is not null),
            ($"--add-host NAME:{HostGateway}", options.Hosts.Any(entry => entry.Address == HostGateway)),
        ];
        return flags.FirstOrDefault(flag => flag.IsGiven).Flag;
    }
}
