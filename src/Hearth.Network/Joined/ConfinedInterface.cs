using System.Net;
using System.Net.Sockets;
using Hearth.Linux;
using Hearth.Linux.Network;

namespace Hearth.Network.Joined;

/// <summary>An interface of a namespace that somebody else has made, and the policy of the machine that has it. All is done in the namespace.</summary>
public sealed class ConfinedInterface
{
    private readonly NetworkNamespace inside;
    private readonly Guest guest;
    private readonly ConfinedRules rules;
    private readonly PolicyTable policies;

    internal ConfinedInterface(NetworkNamespace inside, JoinedInterface own, string tap)
    {
        this.inside = inside;
        Interface = own;
        Tap = tap;
        IPAddress[] addresses = [.. ConfinedPath.RoutedOf(own)];
        IPAddress ipv4 = addresses.FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork) ?? IPAddress.Any;
        IPAddress ipv6 = addresses.FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetworkV6) ?? IPAddress.IPv6Any;
        guest = new Guest(tap, own.HardwareAddress, ipv4, ipv6) { Further = [.. addresses.Where(address => !address.Equals(ipv4) && !address.Equals(ipv6))] };
        Routers = [.. own.Routes.Select(route => route.Gateway).OfType<IPAddress>().Distinct()];
        rules = new ConfinedRules(guest, Routers);
        policies = new PolicyTable(tap);
    }

    /// <summary>The interface as it is in the namespace.</summary>
    public JoinedInterface Interface { get; }

    /// <summary>The machine's tap.</summary>
    public string Tap { get; }

    /// <summary>The routers by which its routes lead, which count as the host.</summary>
    public IReadOnlyList<IPAddress> Routers { get; }

    /// <summary>The generation of the policy with which the machine started.</summary>
    public uint Generation { get; private set; }

    /// <summary>Creates the rules, before anything is routed. The caller is in the namespace.</summary>
    internal void Create(EgressPolicy policy)
    {
        Generation = PolicyTable.NewGeneration();
        using NfTables tables = BridgeNetwork.OpenTables();
        BridgeNetwork.Execute(tables, rules.Create + rules.Policy.Set(policy, Generation), $"set the policy of '{Interface.Name}'", BridgeNetwork.MissingExpression);
    }

    /// <summary>Removes the rules of a tap, whether they exist or not. The caller is in the namespace.</summary>
    internal static void Remove(string tap)
    {
        using NfTables tables = BridgeNetwork.OpenTables();
        BridgeNetwork.Execute(tables, $"table inet {tap}\ndelete table inet {tap}\n", $"remove the rules of '{tap}'");
    }

    /// <summary>As <see cref="BridgeNetwork.SetPolicy"/>.</summary>
    public uint SetPolicy(EgressPolicy? policy, uint earlier, IReadOnlyList<Admission> admissions) => inside.Run(() => policies.Set(rules.Policy, guest, policy, earlier, admissions));

    /// <summary>As <see cref="BridgeNetwork.Admit"/>.</summary>
    public void Admit(Admission admission) => inside.Run(() => policies.Admit(rules.Policy, guest, admission));

    /// <summary>What names have opened of an address, or closed, for a port of a protocol.</summary>
    internal LearnedScope FindLearned(IPAddress address, TransportProtocol protocol, ushort port) => inside.Run(() => policies.FindLearned(guest, address, protocol, port));

    /// <summary>As <see cref="BridgeNetwork.ListDenied"/>.</summary>
    public IReadOnlyList<DeniedAttempt> ListDenied() => inside.Run(() => policies.ListDenied(guest));

    /// <summary>As <see cref="BridgeNetwork.CountUnlisted"/>.</summary>
    public long CountUnlisted() => inside.Run(() => policies.CountUnlisted(guest));

    /// <summary>What has passed the tap, as the machine counts it; null if it is gone.</summary>
    public LinkCounters? Count() => inside.Run(() => BridgeNetwork.CountersOf(Tap));

    /// <summary>Whether the rules exist.</summary>
    /// <exception cref="NetworkException">The kernel refuses the question.</exception>
    public bool IsIntact()
    {
        try
        {
            return inside.Run(() =>
            {
                using RouteSocket filters = RouteSocket.OpenForFilters();
                return NfElements.Exists(filters, NfElements.InetFamily, Tap, PolicyChains.KeptSet, guest.Ipv4.GetAddressBytes());
            });
        }
        catch (LinuxException failure)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot check the rules of '{Interface.Name}': {failure.Message}", failure);
        }
    }

    /// <summary>Creates lost rules again. The machine may connect nowhere until <see cref="SetPolicy"/>.</summary>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void Restore() => inside.Run(() =>
    {
        using NfTables tables = BridgeNetwork.OpenTables();
        BridgeNetwork.Execute(tables, rules.Create + rules.Policy.Close(), $"restore the rules of '{Interface.Name}'");
    });
}
