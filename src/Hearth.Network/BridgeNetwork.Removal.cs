using System.Net;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <content>Removing a guest: its interface, its rules and the connections that the kernel remembers.</content>
public sealed partial class BridgeNetwork
{
    /// <summary>The numbers of groups in which interfaces are removed begin with it, so that they are nobody else's.</summary>
    private const uint RemovalGroups = 0x68720000;

    /// <summary>
    /// Removes a guest's interface and rules; with the last guest, the bridge and the tables. The interface and the rules go at the same time, since the
    /// kernel waits for its processors for each of them, unless the machine still has the interface open and may send: then the interface goes first.
    /// Before the last one of all networks goes, forwarding is turned off: the next process completes an interrupted removal by the note.
    /// </summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="tables">Its tables.</param>
    /// <param name="tap">The guest's interface; null to remove only what nobody uses.</param>
    /// <param name="request">What the guest has; null if that is not known.</param>
    private void Remove(RouteSocket socket, NfTables tables, string? tap, AttachRequest? request = null)
    {
        IPAddress? address = tap is null ? null : AddressOf(tap);
        IReadOnlyList<LinkInfo> all = Links.List(socket);
        LinkInfo? gone = address is null ? null : all.FirstOrDefault(link => link.Name == tap);
        TapNote note = gone is null ? new TapNote(null, []) : TapNote.Parse(gone.Alias);
        if (gone is not null && !all.Any(link => link != gone && AddressOf(link.Name) is not null) && !AreOthersRouted(all))
        {
            Forwarding.TurnOff(note.ForwardingOff);
            RouterAdvertisements.Restore(all, note.Advertised);
        }

        LinkInfo? own = all.FirstOrDefault(link => link.Name == bridge);
        bool isUnused = own is null || !all.Any(link => link != gone && link.Master == own.Index);
        LinkInfo?[] removed = [gone, isUnused && own is not null && IsOurs(own) ? own : null];
        Task removal = Task.Run(() => Remove(socket, [.. removed.OfType<LinkInfo>()]));
        try
        {
            if (gone is { IsConnected: true })
            {
                removal.GetAwaiter().GetResult();
            }

            if (isUnused)
            {
                _ = tables.Try(links.Remove + routes.Remove);
            }
            else if (address is not null)
            {
                Guest guest = new(tap!, note.HardwareAddress ?? Hardware.AddressOf(address), address, definition.Ipv6Of(address));
                RemoveRules(tables, guest, gone is null ? null : note, request);
            }

            if (address is not null)
            {
                ForgetConnections(address);
            }
        }
        finally
        {
            removal.GetAwaiter().GetResult();
        }
    }

    /// <summary>
    /// Whether containers or machines of other programs are at a bridge. Those programs need forwarding too, and do not turn it on again if it
    /// is turned off.
    /// </summary>
    private static bool AreOthersRouted(IReadOnlyList<LinkInfo> all) => all.Any(link => link is { Kind: "bridge", IsUp: true } && !Hardware.IsBridgeOfOurs(link)
        && all.Any(port => port.Master == link.Index && (port.Kind is "veth" or "tun") && AddressOf(port.Name) is null));

    /// <summary>One transaction, if everything is as it should be; after a flush or a crash, there may be more or less than is known.</summary>
    private void RemoveRules(NfTables tables, Guest guest, TapNote? note, AttachRequest? request)
    {
        string elements = links.Delete(guest) + routes.Delete(guest);
        string known = request is null || note is null ? ""
            : routes.Withdraw(request.Ports, request.RelayedPorts)
                + (note.IsConfined ? new PolicyRules(definition, guest).Remove() + ForgetGenerations(tables, guest) : "")
                + (note.IsLimited ? links.Unlimit(guest.Tap) : "");
        if (request is not null && note is not null && tables.Try(known + elements) is null)
        {
            return;
        }

        string leftovers = Leftovers(tables, guest) + elements;
        bool mayBeLimited = note is not { IsLimited: false };
        if (mayBeLimited && tables.Try(leftovers + links.Unlimit(guest.Tap)) is null)
        {
            return;
        }

        _ = tables.Try(leftovers);
    }

    /// <summary>Several are removed as a group, which takes as long as one. The group's number is the first one's alone.</summary>
    private static void Remove(RouteSocket socket, LinkInfo[] removed)
    {
        if (removed.Length == 1)
        {
            Links.Delete(socket, removed[0].Index);
        }
        else if (removed.Length > 1)
        {
            uint group = RemovalGroups + (uint)removed[0].Index;
            foreach (LinkInfo link in removed)
            {
                Links.SetGroup(socket, link.Index, group);
            }

            Links.DeleteGroup(socket, group);
        }
    }

    /// <summary>
    /// Else the next guest of the address would have them: clients of the earlier one's published ports, and what its policy allowed.
    /// </summary>
    private void ForgetConnections(IPAddress address)
    {
        if (!ConnectionTracking.HasConnections)
        {
            return;
        }

        using RouteSocket filters = RouteSocket.OpenForFilters();
        ConnectionTracking.Forget(filters, address.GetAddressBytes(), definition.Ipv6Of(address).GetAddressBytes());
    }

    /// <summary>
    /// Commands that remove the ports, the policy and all that a guest of this address has collected, so that the next one inherits
    /// nothing. Elements may expire meanwhile, so each is added before it is deleted.
    /// </summary>
    private string Leftovers(NfTables tables, Guest guest)
    {
        if (tables.TryList($"list table {routes.Table}") is not { } json)
        {
            return "";
        }

        ElementReader reader = new(json);
        PolicyRules policy = new(definition, guest);
        IEnumerable<string> withdrawals =
            from map in RouteRules.PortMaps
            let keys = reader.KeysTo(map, IsOfIpv6(map) ? guest.Ipv6 : guest.Ipv4)
            where keys.Count > 0
            select routes.Withdraw(map, keys);
        IEnumerable<string> relays =
            from set in RouteRules.RelaySets
            let keys = reader.Remarked(set, guest.Tap)
            where keys.Count > 0
            select routes.Withdraw(set, keys);
        IEnumerable<string> collected =
            from set in PolicyChains.GrowingSets
            from key in KeysOf(reader, set, guest)
            select policies.Forget(set, key);
        return string.Concat(withdrawals.Concat(relays)) + (policy.Chains.Any(reader.HasChain) ? policy.Remove() : "") + string.Concat(collected);
    }

    /// <summary>Commands that remove the generations of a guest's policy, which would stay: what else it has collected expires.</summary>
    private string ForgetGenerations(NfTables tables, Guest guest) => string.Concat(
        from set in PolicyChains.GenerationSets
        let json = tables.TryList($"list set {routes.Table} {set}")
        where json is not null
        from key in KeysOf(new ElementReader(json), set, guest)
        select policies.Forget(set, key));

    private static IEnumerable<string> KeysOf(ElementReader reader, string set, Guest guest) =>
        (IsOfIpv6(set) ? (IPAddress[])[guest.Ipv6, Hardware.LinkLocalOf(guest.HardwareAddress)] : [guest.Ipv4]).SelectMany(address => reader.KeysOf(set, address));

    private static bool IsOfIpv6(string set) => set.Contains('6', StringComparison.Ordinal);
}
