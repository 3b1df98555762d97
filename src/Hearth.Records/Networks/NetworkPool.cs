using System.Net;
using Hearth.Containers;
using Hearth.Linux.Network;
using Hearth.Network;
using Hearth.Records.Recovery;

namespace Hearth.Records.Networks;

/// <summary>Chooses the addresses of a new network: they overlap no other network, and nothing that the host reaches.</summary>
/// <param name="others">The networks that exist.</param>
internal sealed class NetworkPool(IReadOnlyList<NetworkEntry> others)
{
    private const string Act = "cannot create the network";

    /// <summary>Private ranges (RFC 1918) in the order of choice: those that docker, libvirt and home routers use last.</summary>
    private static readonly string[] candidates =
    [
        .. ((int[])[30, 31, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18]).Select(second => $"172.{second}.0.0/16"),
        .. Enumerable.Range(0, 256).Reverse().Select(third => $"192.168.{third}.0/24"),
        .. Enumerable.Range(0, 256).Reverse().Select(second => $"10.{second}.0.0/16"),
    ];

    /// <summary>The definition of a new network.</summary>
    /// <param name="request">What was requested.</param>
    /// <param name="bridge">Its bridge.</param>
    /// <exception cref="HearthException">An address is invalid, or overlaps another network.</exception>
    public NetworkDefinition Define(NetworkRequest request, string bridge)
    {
        try
        {
            string[] ipv6 = [.. request.Subnets.Where(text => text.Contains(':', StringComparison.Ordinal))];
            string[] ipv4 = [.. request.Subnets.Except(ipv6)];
            if (ipv4.Length > 1 || ipv6.Length > 1)
            {
                throw Invalid($"{Act} '{request.Name}': it has several subnets of one family; give at most one of IPv4 and one of IPv6");
            }

            if (ipv4.Length == 0 && NeedOfSubnet(request) is { } need)
            {
                throw Invalid($"{Act} '{request.Name}': {need} needs a subnet; add --subnet");
            }

            Subnet subnet = ipv4.Length > 0 ? Subnet.Parse(ipv4[0]) : Choose();
            subnet = request.Gateway is { } gateway ? subnet.WithGateway(ReadAddress(gateway)) : subnet;
            NetworkDefinition definition = NetworkDefinition.Of(bridge, subnet, request.IsInternal) with
            {
                Range = request.IpRange is { } range ? ReadRange(range, subnet) : null,
                Reserved = [.. request.Reserved.Values.Select(address => ReadReserved(address, subnet))],
                Options = BridgeOptions.Parse(request.Options),
            };
            definition = ipv6.Length > 0 ? definition with { Ipv6Prefix = ReadPrefix(ipv6[0]) } : definition;
            if ((FindOverlap(definition.Subnet.Network) ?? FindOverlap(definition.Ipv6Network)) is { } overlap)
            {
                throw Invalid($"{Act} '{request.Name}': {overlap}; choose another with --subnet");
            }

            return definition;
        }
        catch (NetworkException failure)
        {
            throw NetworkFailures.Translate(failure);
        }
    }

    private Subnet Choose() => candidates.Select(Subnet.Parse).FirstOrDefault(subnet => FindOverlap(subnet.Network) is null)
        ?? throw new HearthException(HearthError.HostUnsuitable, $"{Act}: no private range is free; choose a subnet with --subnet");

    /// <returns>What a network overlaps; null for nothing.</returns>
    private string? FindOverlap(IPNetwork network)
    {
        foreach (NetworkEntry other in others)
        {
            NetworkDefinition definition = other.ToDefinition();
            if (new[] { definition.Subnet.Network, definition.Ipv6Network }.FirstOrDefault(each => Overlaps(each, network)) is { PrefixLength: > 0 } taken)
            {
                return $"its subnet {network} overlaps {taken} of the network '{other.Name}'";
            }
        }

        return HostRoutes.FindOverlap(network) is { } route ? $"its subnet {network} overlaps {route}" : null;
    }

    private static bool Overlaps(IPNetwork one, IPNetwork other) =>
        one.BaseAddress.AddressFamily == other.BaseAddress.AddressFamily && (one.Contains(other.BaseAddress) || other.Contains(one.BaseAddress));

    /// <returns>What of a request is of no use without a subnet; null if nothing is.</returns>
    private static string? NeedOfSubnet(NetworkRequest request) =>
        request.Gateway is not null ? "a gateway" : request.IpRange is not null ? "a range" : request.Reserved.Count > 0 ? "an auxiliary address" : null;

    private static IPNetwork ReadRange(string text, Subnet subnet) =>
        StrictAddress.TryParseNetwork(text, out IPNetwork range) && range.PrefixLength >= subnet.PrefixLength && subnet.Contains(range.BaseAddress) && subnet.GuestsIn(range, 0).Any()
            ? range
            : throw Invalid($"'{text}' is not a range of addresses for containers in {subnet}: use a part of it, such as {subnet.Network.BaseAddress}/{Math.Min(subnet.PrefixLength + 4, 29)}");

    private static IPAddress ReadReserved(string text, Subnet subnet) => ReadAddress(text) is var address && subnet.IsGuest(address)
        ? address
        : throw Invalid($"cannot reserve the address {text}: it is not one for containers of {subnet}; use another or none");

    private static IPAddress ReadAddress(string text) => StrictAddress.TryParse(text, out IPAddress? address)
        ? address
        : throw Invalid($"'{text}' is not an IP address: use one such as 172.30.0.1");

    private static IPAddress ReadPrefix(string text) => StrictAddress.TryParseNetwork(text, out IPNetwork network) && network.PrefixLength == NetworkDefinition.Ipv6PrefixLength
        ? network.BaseAddress
        : throw Invalid($"'{text}' is not an IPv6 subnet: use one of {NetworkDefinition.Ipv6PrefixLength} bits, such as fd12:3456:789a:1::/64");

    private static HearthException Invalid(string message) => new(HearthError.InvalidRequest, message);
}
