using System.Net;
using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Linux.Network;
using Hearth.Machines;
using Hearth.Network;
using Hearth.Network.Joined;
using Hearth.Network.Names;

namespace Hearth.Keeper.Parts.Network.Joined;

/// <summary>
/// A machine's network interfaces in a namespace that it joins. Their number is known when the machine starts. What they are is known
/// when the process starts: an engine or a hook may change the namespace until then.
/// </summary>
internal sealed class JoinedMachine : IContainerTraffic
{
    /// <summary>The annotation of an engine's container with the number of interfaces that may come after the machine's start.</summary>
    public const string InterfacesAnnotation = "org.hearth.network.interfaces";

    private const string Module = MachineNetworkInterface.GuestModule;

    private readonly RunSetup setup;
    private readonly JoinedNamespace place;
    private NetworkReport? report;

    private JoinedMachine(RunSetup setup, JoinedNamespace place, EgressPolicy? policy)
    {
        this.setup = setup;
        this.place = place;
        Policy = policy is null ? null : new JoinedPolicy(setup, policy);
    }

    /// <summary>The machine's policy; null for none.</summary>
    public JoinedPolicy? Policy { get; }

    /// <summary>For clients, under a policy, when the machine has its interfaces.</summary>
    public IContainerNetwork? Network => Policy?.Control;

    /// <summary>Opens a socket in the namespace, where the network's DNS servers are.</summary>
    public Socket OpenSocket(AddressFamily family, SocketType type, ProtocolType protocol) => place.Run(() => new Socket(family, type, protocol));

    public IEnumerable<string> KernelModules => place.Taps.Count > 0 ? [Module] : [];

    /// <summary>Makes the taps.</summary>
    /// <param name="setup">The run, whose undo stack takes ownership of the namespace.</param>
    /// <param name="place">The namespace.</param>
    /// <param name="least">The least number of interfaces.</param>
    /// <exception cref="Hearth.Network.NetworkException">The namespace is in use, or a tap cannot be made.</exception>
    /// <exception cref="HearthException">The guest's kernel has no driver.</exception>
    public static JoinedMachine Take(RunSetup setup, JoinedNamespace place, int least)
    {
        setup.Undo.Push("close the network namespace", place.Dispose);
        EgressPolicy? policy = NetworkSettings.PolicyOf(EgressRules.Of(setup.Description.Network));
        if (policy is not null && BridgeNetwork.FindObstacle() is { } obstacle)
        {
            throw new NetworkException(NetworkError.HostUnsuitable, $"cannot apply the egress policy in the network namespace '{place.Path}': {obstacle}");
        }

        int found = place.FindInterfaces().Count;
        bool hasDriver = setup.Kernel.Has(Module) != false;
        if (found > 0 && !hasDriver)
        {
            throw new HearthException(
                HearthError.KernelUnavailable, $"cannot join the network namespace '{place.Path}': the kernel '{setup.Kernel.Name}' has no {Module}; use another kernel");
        }

        JoinedMachine machine = new(setup, place, policy);
        setup.Undo.Push($"restore the network namespace '{place.Path}'", () => setup.Directory.KeepIfFails(place.GiveBack));
        setup.Undo.Push("read what passed the network", machine.ReadLast);
        place.MakeTaps(hasDriver ? Math.Max(found, least) : 0, setup.Directory.Id.ToString(), machine.Note);
        return machine;
    }

    public MachineConfiguration Add(MachineConfiguration machine)
    {
        if (machine.Confinement is { } confinement)
        {
            place.SetOwner(confinement.UserId);
        }

        return machine with
        {
            NetworkNamespace = place.Path,
            NetworkInterfaces = [.. place.Taps.Select((tap, index) => new MachineNetworkInterface($"net{index}", tap, AddressOf(index)))],
        };
    }

    /// <summary>Takes the interfaces over, and configures the guest's as they are.</summary>
    /// <param name="session">The guest.</param>
    /// <param name="names">The names that the keeper answers itself.</param>
    /// <param name="cancellationToken">Ends the wait for the guest.</param>
    /// <exception cref="HearthException">The machine has too few interfaces, or the guest refuses a step.</exception>
    public async Task StartingAsync(GuestSession session, IHostNames names, CancellationToken cancellationToken)
    {
        if (place.Taps.Count == 0)
        {
            return;
        }

        IReadOnlyList<JoinedInterface> found = place.FindInterfaces();
        if (found.Count > place.Taps.Count)
        {
            throw new HearthException(
                HearthError.InvalidRequest,
                $"cannot join the network namespace '{place.Path}': it has {found.Count} interfaces now, and the machine was started with {place.Taps.Count}; announce the number with the annotation {InterfacesAnnotation}");
        }

        if (Policy is null)
        {
            place.TakeOver(found, Note);
        }
        else
        {
            Policy.Start(place.Confine(found, Policy.Initial, Note), names);
            found = JoinedNamespace.AsSeenByConfined(found);
        }

        await session.ConfigureInterfacesAsync([.. found.Select(Describe)], cancellationToken).ConfigureAwait(false);
    }

    public NetworkReport Observe() => Network?.Observe() ?? new() { Interfaces = [.. place.Count().Select(each => InterfaceCounters.Describe(each.Interface, each.Counters))] };

    public RunReport Add(RunReport done) => done with { Network = Policy?.LastReport ?? report };

    public IEnumerable<Diagnostic> Diagnostics => Policy?.Diagnostics ?? [];

    private void ReadLast()
    {
        try
        {
            report = place.Taps.Count == 0 ? null : Observe();
        }
        catch (NetworkException)
        {
            // Somebody has removed a tap: a report without figures is no failure of the container.
        }
    }

    private void Note(JoinedRecord record) => setup.Directory.Update(setup.Directory.Resources with { Joined = record });

    /// <summary>The address until the interface's own is known.</summary>
    private static byte[] AddressOf(int index) => [0x02, 0x68, 0x74, 0, 0, (byte)index];

    private static GuestInterface Describe(JoinedInterface own, int index) => new(
        AddressOf(index),
        own.MaximumTransmissionUnit,
        [.. own.Addresses.Select(address => new GuestAddress(address.Address.GetAddressBytes(), address.PrefixLength))],
        [.. own.Routes.Select(Describe)])
    {
        NewHardwareAddress = own.HardwareAddress,
        HasAllRoutes = true,
        Neighbours = [.. own.Neighbours.Select(neighbour => new GuestNeighbour(neighbour.Address.GetAddressBytes(), neighbour.HardwareAddress))],
    };

    private static GuestRoute Describe(RouteInfo route) => new(route.Destination.GetAddressBytes(), route.PrefixLength, BytesOf(route.Gateway))
    {
        Source = BytesOf(route.Source),
        Metric = route.Metric,
        IsOnLink = route.IsOnLink,
    };

    private static byte[] BytesOf(IPAddress? address) => address?.GetAddressBytes() ?? [];
}
