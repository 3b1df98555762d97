using System.Globalization;
using System.Text.Json;
using Hearth.Containers;

namespace Hearth.Worker.Docker.Containers;

/// <summary>What docker's description says of a container's networks and ports.</summary>
internal static class NetworkReading
{
    /// <param name="request">docker's description.</param>
    /// <param name="host">Its part about the host.</param>
    /// <param name="usual">The network of a container for which the client chooses none.</param>
    /// <param name="find">Gives the name of the network that a client names, perhaps by its id.</param>
    /// <exception cref="FormatException">A value cannot be read, or a machine cannot have such a network.</exception>
    public static NetworkOptions Read(CreateRequest request, HostRequest host, NetworkChoice usual, Func<string, string> find)
    {
        string word = request.NetworkDisabled ? "none" : host.NetworkMode ?? "";
        NetworkPlacement[] places = PlacesOf(request, word, find);
        bool isUsual = word is "" or "default" && places.Length == 0;
        return new NetworkOptions
        {
            Target = isUsual ? usual.Target : null,
            Mode = isUsual ? usual.Mode : word switch
            {
                "none" => NetworkMode.None,
                "host" => throw new FormatException("a container cannot have the host's network: its machine has a kernel of its own; publish its ports"),
                ['c', 'o', 'n', 't', 'a', 'i', 'n', 'e', 'r', ':', ..] => throw new FormatException("a container cannot have another's network: its machine has a kernel of its own; create a network for both"),
                _ => NetworkMode.Nat,
            },
            Networks = isUsual ? [.. usual.Networks.Select(place => place with { Network = find(place.Network) })] : places,
            Ports = [.. (host.PortBindings ?? new Dictionary<string, IReadOnlyList<PortRequest>?>()).SelectMany(binding => (binding.Value ?? []).Select(port => ReadPort(binding.Key, port)))],
            ExposedPorts = [.. (request.ExposedPorts?.Keys ?? []).Concat(host.PortBindings?.Keys ?? []).SelectMany(PortMapping.Expand).Distinct()],
            PublishesExposedPorts = host.PublishAllPorts,
            Hosts = [.. (host.ExtraHosts ?? []).Select(HostEntry.Parse)],
            NameServers = host.Dns ?? [],
            SearchDomains = host.DnsSearch ?? [],
            ResolverOptions = host.DnsOptions ?? [],
        };
    }

    /// <summary>The network of the mode, then the others.</summary>
    /// <exception cref="FormatException">A network is named twice.</exception>
    private static NetworkPlacement[] PlacesOf(CreateRequest request, string word, Func<string, string> find)
    {
        IReadOnlyDictionary<string, EndpointRequest?> endpoints = request.NetworkingConfig?.EndpointsConfig ?? new Dictionary<string, EndpointRequest?>();
        bool isNamed = word is not ("" or "default" or "bridge" or "none" or "host");
        string first = isNamed ? find(word) : NetworkOptions.DefaultNetwork;
        NetworkPlacement[] places = word == "none" ? [] : [.. endpoints.Where(endpoint => endpoint.Key is not "default").Select(endpoint => PlaceOf(find(endpoint.Key), endpoint.Value))];
        if (places.GroupBy(place => place.Network).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new FormatException($"cannot connect the container to the network '{twice.Key}' twice: EndpointsConfig names it by more than one name or id");
        }

        if (isNamed && !places.Any(place => place.Network == first))
        {
            places = [new NetworkPlacement(first), .. places];
        }

        if (!string.IsNullOrEmpty(request.MacAddress))
        {
            places = places.Length > 0 ? [places[0] with { HardwareAddress = request.MacAddress }, .. places[1..]] : [new NetworkPlacement(first) { HardwareAddress = request.MacAddress }];
        }

        return [.. places.OrderByDescending(place => place.Network == first)];
    }

    /// <summary>Members of endpoints that no member is for.</summary>
    public static IEnumerable<KeyValuePair<string, JsonElement>> OthersOf(NetworkingRequest? networking) =>
        (networking?.EndpointsConfig ?? new Dictionary<string, EndpointRequest?>()).Values.SelectMany(endpoint => endpoint is null ? [] : OthersOf(endpoint));

    public static IEnumerable<KeyValuePair<string, JsonElement>> OthersOf(EndpointRequest endpoint) => [.. endpoint.Others ?? [], .. endpoint.IPAMConfig?.Others ?? []];

    public static NetworkPlacement PlaceOf(string name, EndpointRequest? endpoint) => new(NetworkName.Canonical(name))
    {
        Address = string.IsNullOrEmpty(endpoint?.IPAMConfig?.IPv4Address) ? null : endpoint.IPAMConfig.IPv4Address,
        HardwareAddress = string.IsNullOrEmpty(endpoint?.MacAddress) ? null : endpoint.MacAddress,
        Aliases = endpoint?.Aliases ?? [],
    };

    private static bool TryReadPort(string text, out ushort port) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);

    private static PortMapping ReadPort(string container, PortRequest port)
    {
        string[] parts = PortMapping.WithProtocol(container).Split('/');
        string[] range = string.IsNullOrEmpty(port.HostPort) ? ["0"] : port.HostPort.Split('-');
        return TryReadPort(parts[0], out ushort inner) && inner > 0 && parts[1] is "tcp" or "udp" && range.Length <= 2
            && TryReadPort(range[0], out ushort first) && TryReadPort(range[^1], out ushort last) && (last == first || (first > 0 && last > first))
            ? new PortMapping(string.IsNullOrEmpty(port.HostIp) ? null : port.HostIp, first, inner, parts[1]) { LastHostPort = last == first ? 0 : last }
            : throw new FormatException($"invalid port '{port.HostIp}:{port.HostPort}' for '{container}': give numbers from 1 to 65535, and tcp or udp");
    }
}
