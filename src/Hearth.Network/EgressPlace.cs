using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <summary>What decides about a guest's connections besides its policy, as the kernel has it at that moment.</summary>
/// <param name="networks">The guest's networks, of which the first that is not internal is its way out, and its places in them.</param>
/// <param name="nameOf">The name of the network of a bridge, for messages.</param>
public sealed class EgressPlace(IReadOnlyList<(BridgeNetwork Network, NetworkAttachment At)> networks, Func<string, string> nameOf) : IEgressPlace
{
    private const string NoNeighbours = "containers of the network do not reach each other (its option enable_icc is false)";

    public bool HasWayOut => networks.Any(joined => !joined.Network.Definition.IsInternal);

    public bool IsOfHost(IPAddress address)
    {
        using RouteSocket socket = RouteSocket.Open();
        return Addresses.List(socket).Any(own => own.Address.Equals(address));
    }

    public bool IsGroup(IPAddress address) =>
        EgressPolicy.Groups.Any(group => group.Contains(address)) || networks.Any(joined => joined.Network.Definition.Subnet.Broadcast.Equals(address));

    /// <summary>What a published port leads to is outside of an internal network. What a keeper relays is open in its own network.</summary>
    public bool IsPublished(IPAddress address, TransportProtocol protocol, ushort port)
    {
        if (NetworkTo(address) is not { Definition.IsInternal: false } way)
        {
            return false;
        }

        using RouteSocket socket = RouteSocket.Open();
        return way.IsRelayed(address, protocol, port) || Links.List(socket).Where(Hardware.IsBridgeOfOurs).Any(bridge => BridgeNetwork.IsPublished(bridge.Name, address, protocol, port));
    }

    public LearnedScope FindLearned(IPAddress address, TransportProtocol protocol, ushort port) =>
        networks.Select(joined => joined.Network.FindLearned(joined.At, address, protocol, port)).DefaultIfEmpty(LearnedScope.None).Max();

    public string? FindObstacle(IPAddress address)
    {
        if (IsGroup(address))
        {
            return networks.All(joined => !joined.Network.Definition.Options.ConnectsGuests) ? NoNeighbours : null;
        }

        if (networks.FirstOrDefault(joined => Contains(joined.Network, address)).Network is { } own)
        {
            return own.Definition.Options.ConnectsGuests || IsOfHost(address) ? null : NoNeighbours;
        }

        if (!HasWayOut)
        {
            return "the container has only internal networks, which do not lead to it";
        }

        return !IsOfHost(address) && FindOther(address) is { } other ? $"it is in the network '{nameOf(other)}', which the container is not in" : null;
    }

    /// <returns>The bridge of another running network; null if the address is in none.</returns>
    private string? FindOther(IPAddress address)
    {
        using RouteSocket socket = RouteSocket.Open();
        IReadOnlyList<AddressInfo> own = Addresses.List(socket);
        return Links.List(socket)
            .Where(link => Hardware.IsBridgeOfOurs(link) && networks.All(joined => joined.Network.Definition.Bridge != link.Name))
            .FirstOrDefault(link => own.Any(of => of.Index == link.Index && IsUnicastNetwork(of) && NetworkOf(of).Contains(address)))?.Name;
    }

    private static bool IsUnicastNetwork(AddressInfo own) => own.Address.AddressFamily == AddressFamily.InterNetwork || !own.Address.IsIPv6LinkLocal;

    private static IPNetwork NetworkOf(AddressInfo own)
    {
        byte[] bytes = own.Address.GetAddressBytes();
        for (int bit = own.PrefixLength; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), own.PrefixLength);
    }

    private BridgeNetwork? NetworkTo(IPAddress address) =>
        networks.Select(joined => joined.Network).FirstOrDefault(network => Contains(network, address))
        ?? networks.Select(joined => joined.Network).FirstOrDefault(network => !network.Definition.IsInternal);

    private static bool Contains(BridgeNetwork network, IPAddress address) =>
        network.Definition.Subnet.Contains(address) || network.Definition.Ipv6Network.Contains(address);
}
