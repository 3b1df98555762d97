using System.Globalization;
using System.Net;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Guest.Protocol.Messages;
using Hearth.Machines;
using Hearth.Network;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts.Network;

/// <summary>A network that the machine is attached to.</summary>
/// <param name="Bridge">The network on the host.</param>
/// <param name="Definition">What makes the network.</param>
/// <param name="Place">What the container requested of it.</param>
/// <param name="At">The machine's place in it.</param>
/// <param name="Request">What the machine has of it: ports, limits.</param>
internal sealed record JoinedNetwork(BridgeNetwork Bridge, NetworkDefinition Definition, NetworkPlacement Place, NetworkAttachment At, AttachRequest Request) : IPolicyNetwork
{
    public bool IsInternal => Definition.IsInternal;

    public uint Generation => At.Generation;

    public uint SetPolicy(EgressPolicy? policy, uint earlier, IReadOnlyList<Admission> admissions) => Bridge.SetPolicy(At, policy, earlier, admissions);

    public void Admit(Admission admission) => Bridge.Admit(At, admission);

    public IReadOnlyList<DeniedAttempt> ListDenied() => Bridge.ListDenied(At);

    public long CountUnlisted() => Bridge.CountUnlisted(At);

    /// <summary>The interface does not see what a rule drops.</summary>
    public InterfaceReport? Count() => BridgeNetwork.CountersOf(At.TapName) is { } counters
        ? InterfaceCounters.Describe(Place.Network, counters, Request.Rate is null ? default : Bridge.CountLimited(At))
        : null;

    public ulong CountSent() => BridgeNetwork.CountersOf(At.TapName)?.SentPackets ?? 0;

    public bool IsIntact() => Bridge.IsIntact(At);

    public void Restore() => Bridge.Restore(At, Request);

    public NetworkTap ToTap() => NetworkTap.Of(At.TapName, Definition);

    public MachineNetworkInterface ToMachineInterface(int position) =>
        new(string.Create(CultureInfo.InvariantCulture, $"net{position}"), At.TapName, At.HardwareAddress);

    /// <param name="isWayOut">Whether packets to all other networks go through it.</param>
    public GuestInterface ToGuestInterface(bool isWayOut) => new(
        [.. At.HardwareAddress],
        Definition.Options.Mtu,
        [
            new GuestAddress(At.Ipv4.GetAddressBytes(), At.Ipv4PrefixLength),
            .. At.HasIpv6 ? [new GuestAddress(At.Ipv6.GetAddressBytes(), NetworkAttachment.Ipv6PrefixLength)] : Array.Empty<GuestAddress>(),
        ],
        isWayOut
            ?
            [
                new GuestRoute(IPAddress.Any.GetAddressBytes(), 0, At.Ipv4Gateway.GetAddressBytes()),
                .. At.HasIpv6 ? [new GuestRoute(IPAddress.IPv6Any.GetAddressBytes(), 0, At.Ipv6Gateway.GetAddressBytes())] : Array.Empty<GuestRoute>(),
            ]
            : []);

    public NetworkPlace ToRecord() => new(
        Place.Network,
        string.Join(':', At.HardwareAddress.Select(part => part.ToString("x2", CultureInfo.InvariantCulture))),
        At.Ipv4.ToString(),
        At.Ipv4PrefixLength,
        At.Ipv4Gateway.ToString(),
        At.HasIpv6 ? At.Ipv6.ToString() : "",
        At.HasIpv6 ? NetworkAttachment.Ipv6PrefixLength : 0,
        At.HasIpv6 ? At.Ipv6Gateway.ToString() : "")
    {
        Aliases = Place.Aliases,
    };
}
