using System.Net;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Machines;
using Hearth.Network;
using Hearth.Network.UserMode;

namespace Hearth.Keeper.Parts.Network.Joined;

/// <summary>An interface whose connections a process of the host makes, without privileges over the host's network.</summary>
internal sealed class ForwardedPart(RunSetup setup) : IRunPart, IContainerTraffic
{
    private const string Name = "host-forward";
    private const string Module = MachineNetworkInterface.GuestModule;

    private static readonly byte[] hardwareAddress = [0x02, 0x68, 0x66, 0, 0, 0];

    private readonly JoinedNames names = new(setup);
    private IReadOnlyList<PublishedPort> ports = [];
    private ForwardedNetwork? network;

    public IEnumerable<string> KernelModules => [Module];

    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        if (setup.Kernel.Has(Module) == false)
        {
            throw new HearthException(
                HearthError.KernelUnavailable, $"cannot forward the container's connections: the kernel '{setup.Kernel.Name}' has no {Module}; use another kernel");
        }

        ports = await JoinedPorts.ChooseAsync(setup).ConfigureAwait(false);
    }

    public MachineConfiguration Add(MachineConfiguration machine)
    {
        string program = setup.Context.Environment.FindProgram(ForwardedNetwork.Program) ?? throw new HearthException(
            HearthError.HostUnsuitable, $"cannot forward the container's connections: {ForwardedNetwork.Program} is missing; install the package passt");
        network = ForwardedNetwork.Start(program, machine.Confinement is { } user ? (user.UserId, user.GroupId) : null, ports);
        setup.Undo.Push($"end {ForwardedNetwork.Program}", network.Dispose);
        return machine with { NetworkInterfaces = [new MachineNetworkInterface("net0", "", hardwareAddress) { Socket = network.GuestEnd }] };
    }

    public ConfigureGuest Add(ConfigureGuest guest, GuestSession session)
    {
        guest = names.Add(guest, session, resolver: null);
        return guest with { Network = guest.Network! with { Interfaces = [Describe()] } };
    }

    public Task StartingAsync(GuestSession session, CancellationToken cancellationToken) => network!.Failure is { } failure
        ? throw new HearthException(HearthError.HostUnsuitable, $"cannot forward the container's connections: {ForwardedNetwork.Program} has ended: {failure}")
        : Task.CompletedTask;

    public IContainerTraffic? Traffic => network is null ? null : this;

    public NetworkReport Observe() => new() { Interfaces = network is null ? [] : [InterfaceCounters.Describe(Name, network.Counters)] };

    public RunReport Add(RunReport done) => network is null ? done : done with { Network = Observe() };

    private static GuestInterface Describe()
    {
        bool hasIpv6 = ForwardedNetwork.HasIpv6;
        return new GuestInterface(
            hardwareAddress,
            ForwardedNetwork.MaximumTransmissionUnit,
            [
                new GuestAddress(ForwardedNetwork.Ipv4.GetAddressBytes(), ForwardedNetwork.Ipv4PrefixLength),
                .. hasIpv6 ? [new GuestAddress(ForwardedNetwork.Ipv6.GetAddressBytes(), ForwardedNetwork.Ipv6PrefixLength)] : Array.Empty<GuestAddress>(),
            ],
            [
                new GuestRoute(IPAddress.Any.GetAddressBytes(), 0, ForwardedNetwork.Ipv4Gateway.GetAddressBytes()),
                .. hasIpv6 ? [new GuestRoute(IPAddress.IPv6Any.GetAddressBytes(), 0, ForwardedNetwork.Ipv6Gateway.GetAddressBytes())] : Array.Empty<GuestRoute>(),
            ]);
    }
}
