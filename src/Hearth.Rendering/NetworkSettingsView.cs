using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Serialization;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Linux.Network;
using Hearth.Network.Joined;
using Hearth.Records.Recovery;

namespace Hearth.Rendering;

/// <summary>docker's <c>NetworkSettings</c>; empty while the container is stopped or has no network.</summary>
/// <param name="Networks">By name; those of a namespace that the container joins by the name of the interface.</param>
/// <param name="Ports">Published ports; those that are only exposed have none.</param>
/// <param name="Interfaces">What passed each interface, as the container sees it.</param>
/// <param name="Denied">What the egress policy denied lately.</param>
public sealed record NetworkSettingsView(
    IReadOnlyDictionary<string, NetworkView> Networks, IReadOnlyDictionary<string, IReadOnlyList<HostPort>?> Ports,
    [property: JsonPropertyName("interfaces")] IReadOnlyList<InterfaceReport> Interfaces, [property: JsonPropertyName("denied")] IReadOnlyList<DeniedConnection> Denied)
{
    public static NetworkSettingsView Of(RunResources? resources, NetworkOptions options, NetworkReport? report) => new(
        (resources?.Networks ?? []).Select(place => (Name: place.Network, View: NetworkView.Of(place)))
            .Concat((resources?.Joined?.Interfaces ?? []).Select(own => (own.Name, View: NetworkView.Of(own))))
            .ToDictionary(network => network.Name, network => network.View),
        PortsOf(resources?.Ports ?? [], options.ExposedPorts),
        report?.Interfaces ?? [],
        report?.Denied ?? []);

    private static Dictionary<string, IReadOnlyList<HostPort>?> PortsOf(IReadOnlyList<PortMapping> mappings, IReadOnlyList<string> exposed)
    {
        Dictionary<string, IReadOnlyList<HostPort>?> ports = exposed.Distinct().ToDictionary(text => text, _ => (IReadOnlyList<HostPort>?)null);
        foreach (IGrouping<string, PortMapping> group in mappings.GroupBy(mapping => $"{mapping.ContainerPort}/{mapping.Protocol}"))
        {
            ports[group.Key] = [.. group.SelectMany(HostPort.Of)];
        }

        return ports;
    }
}

/// <summary>A container's place in a network, with docker's names.</summary>
public sealed record NetworkView(
    [property: JsonPropertyName("IPAddress")] string Ipv4,
    [property: JsonPropertyName("IPPrefixLen")] int Ipv4PrefixLength,
    string Gateway,
    [property: JsonPropertyName("GlobalIPv6Address")] string Ipv6,
    [property: JsonPropertyName("GlobalIPv6PrefixLen")] int Ipv6PrefixLength,
    [property: JsonPropertyName("IPv6Gateway")] string Ipv6Gateway,
    string MacAddress)
{
    public static NetworkView Of(NetworkPlace place) => new(
        place.Ipv4, place.Ipv4PrefixLength, place.Ipv4Gateway, place.Ipv6, place.Ipv6PrefixLength, place.Ipv6Gateway, place.HardwareAddress);

    /// <summary>The first addresses that are not link-local, and the default routes.</summary>
    public static NetworkView Of(JoinedInterface own)
    {
        (AddressInfo? four, string gateway4) = Find(own, AddressFamily.InterNetwork);
        (AddressInfo? six, string gateway6) = Find(own, AddressFamily.InterNetworkV6);
        return new NetworkView(
            $"{four?.Address}", four?.PrefixLength ?? 0, gateway4, $"{six?.Address}", six?.PrefixLength ?? 0, gateway6,
            string.Join(':', own.HardwareAddress.Select(part => part.ToString("x2", CultureInfo.InvariantCulture))));
    }

    private static (AddressInfo? Address, string Gateway) Find(JoinedInterface own, AddressFamily family) => (
        own.Addresses.FirstOrDefault(address => address.Address.AddressFamily == family && !address.Address.IsIPv6LinkLocal),
        $"{own.Routes.FirstOrDefault(route => route is { PrefixLength: 0, Gateway: not null } && route.Destination.AddressFamily == family)?.Gateway}");
}
