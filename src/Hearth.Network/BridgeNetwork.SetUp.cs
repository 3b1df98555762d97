using System.Net;
using System.Net.Sockets;
using Hearth.Linux;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <content>What the first guest needs: the bridge, its addresses and tables, and forwarding.</content>
public sealed partial class BridgeNetwork
{
    /// <returns>The bridge; commands that create the tables, empty if they exist; whether the host has IPv6 there.</returns>
    private (LinkInfo Bridge, string Tables, bool HasIpv6) SetUp(RouteSocket socket, NfTables tables)
    {
        bool isNew = Links.TryCreateBridge(socket, bridge, Hardware.AddressOf(subnet.Gateway));
        LinkInfo own = Links.Find(socket, bridge)!;
        RequireOwn(socket, own, isNew);
        bool hasTables = tables.TryList(links.Probe) is not null && tables.TryList(routes.Probe) is not null;
        string create = hasTables ? "" : links.Create + routes.Create
            + string.Concat(GuestsOf(socket).Select(pair => links.Add(pair.Guest) + routes.Add(pair.Guest) + (pair.IsConfined ? new PolicyRules(definition, pair.Guest).Close() : "")));

        SetMtu(socket, own.Index);
        Addresses.Add(socket, new AddressInfo(own.Index, subnet.Gateway, subnet.PrefixLength));
        bool hasIpv6 = TryAddIpv6(socket, own.Index);
        if (isNew || !own.IsUp || !hasTables)
        {
            Links.SetUp(socket, own.Index);
            Readopt(socket, own.Index);
        }

        return (own, create, hasIpv6);
    }

    private void SetMtu(RouteSocket socket, int index)
    {
        if (definition.Options.Mtu > 0)
        {
            Links.SetMtu(socket, index, definition.Options.Mtu);
        }
    }

    /// <summary>
    /// Hosts on which IPv6 is switched off for all interfaces get it on this one alone: guests reach each other by it. A kernel without IPv6 has no
    /// such switch, and in a container it may be read-only.
    /// </summary>
    /// <returns>False if the host has no IPv6 there.</returns>
    private bool TryAddIpv6(RouteSocket socket, int index)
    {
        string path = $"/proc/sys/net/ipv6/conf/{bridge}/disable_ipv6";
        try
        {
            if (File.ReadAllText(path).Trim() != "0")
            {
                File.WriteAllText(path, "0");
            }

            Addresses.Add(socket, new AddressInfo(index, definition.Ipv6Gateway, NetworkDefinition.Ipv6PrefixLength));
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or LinuxException { Errno: Errno.EACCES or Errno.EOPNOTSUPP or Errno.EAFNOSUPPORT })
        {
            return false;
        }
    }

    /// <exception cref="NetworkException">The bridge is somebody else's, or has another subnet, or the subnet overlaps other networks of the host.</exception>
    private void RequireOwn(RouteSocket socket, LinkInfo own, bool isNew)
    {
        if (!Hardware.IsBridgeOfOurs(own))
        {
            throw Unsuitable($"the host has another interface '{bridge}'; remove or rename it");
        }

        AddressInfo? other = Addresses.List(socket).FirstOrDefault(address => address.Index == own.Index
            && address.Address.AddressFamily == AddressFamily.InterNetwork && (!address.Address.Equals(subnet.Gateway) || address.PrefixLength != subnet.PrefixLength));
        if (other is not null || !IsOurs(own))
        {
            throw Unsuitable($"it runs with another subnet{(other is null ? "" : $" ({other.Address}/{other.PrefixLength})")} than {subnet}; use the same one, or end its containers first");
        }

        if (isNew && FindOverlap(socket, own) is { } overlap)
        {
            throw Unsuitable($"its subnet {subnet} overlaps {overlap}; choose another with --subnet");
        }

        NetworkException Unsuitable(string cause) => new(NetworkError.HostUnsuitable, $"cannot attach a machine to the network '{definition.Name}': {cause}");
    }

    /// <summary>Warns of a route or an address of the host that overlaps the network, and was not there when its first guest came.</summary>
    /// <returns>Null if there is none.</returns>
    public string? FindOverlap()
    {
        using RouteSocket socket = RouteSocket.Open();
        return Links.Find(socket, bridge) is { } own && FindOverlap(socket, own) is { } overlap
            ? $"{overlap} overlaps the network '{definition.Name}' ({subnet}) since its first container started; one hides the other from the host: remove the route, or end the network's containers and use another subnet"
            : null;
    }

    private string? FindOverlap(RouteSocket socket, LinkInfo own) =>
        ((IPNetwork[])[subnet.Network, definition.Ipv6Network]).Select(network => HostRoutes.FindOverlap(socket, network, own.Index)).FirstOrDefault(found => found is not null);

    /// <summary>
    /// Turns forwarding on. Every tap notes what was different before the first one, so that the last one of all networks can restore
    /// it, whichever that is.
    /// </summary>
    private void Forward(RouteSocket socket, string tap, AttachRequest request, Action<ChangedSwitch> changed)
    {
        IReadOnlyList<LinkInfo> all = Links.List(socket);
        IReadOnlyList<string> off = LeavesForwarding ? [] : Forwarding.FindOff();
        IReadOnlyList<int> advertised = off.Contains(Forwarding.Ipv6)
            ? RouterAdvertisements.FindDependent(socket, [.. all.Where(link => !Hardware.IsBridgeOfOurs(link) && AddressOf(link.Name) is null)])
            : [];
        TapNote[] others = [.. all.Where(link => AddressOf(link.Name) is not null).Select(link => TapNote.Parse(link.Alias))];
        TapNote note = new(
            request.HardwareAddress is { } hardware ? [.. hardware] : null,
            [.. others.SelectMany(other => other.ForwardingOff).Union(off)],
            request.Policy is not null,
            request.Rate is not null,
            request.Holder)
        {
            Advertised = [.. others.SelectMany(other => other.Advertised).Union(advertised)],
        };
        Links.SetAlias(socket, all.First(link => link.Name == tap).Index, note.ToString());
        foreach (ChangedSwitch change in (IReadOnlyList<ChangedSwitch>)[.. RouterAdvertisements.Keep(all, advertised), .. Forwarding.TurnOn(off)])
        {
            changed(change);
        }
    }

    /// <summary>Attaches the taps again whose bridge somebody has deleted.</summary>
    private void Readopt(RouteSocket socket, int index)
    {
        foreach (LinkInfo link in Links.List(socket).Where(link => link.Master == 0 && AddressOf(link.Name) is { } address && subnet.IsGuest(address)))
        {
            Links.SetMaster(socket, link.Index, index);
        }
    }

    /// <summary>A policy is known to its guest's keeper alone. Until that sets it again, the guest may connect nowhere.</summary>
    /// <summary>The guests that have taps, for tables that somebody has deleted.</summary>
    private IEnumerable<(Guest Guest, bool IsConfined)> GuestsOf(RouteSocket socket)
    {
        foreach (LinkInfo link in Links.List(socket))
        {
            if (AddressOf(link.Name) is { } address && subnet.IsGuest(address))
            {
                TapNote note = TapNote.Parse(link.Alias);
                yield return (new Guest(link.Name, note.HardwareAddress ?? Hardware.AddressOf(address), address, definition.Ipv6Of(address)), note.IsConfined);
            }
        }
    }
}
