using System.Buffers.Binary;
using System.Net;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Names;
using Hearth.Keeper.Parts.Network.Ports;
using Hearth.Machines;
using Hearth.Network;
using Hearth.Network.Names;
using Hearth.Records.Events;
using Hearth.Records.Networks;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The machine's places in Hearth's networks, an interface for each: taps, addresses, and the answers to the names that it asks
/// for. The first network that leads outside has the default route and the published ports.
/// </summary>
internal sealed class NetworkPart(RunSetup setup) : IRunPart
{
    private const string Module = MachineNetworkInterface.GuestModule;

    private readonly NetworkStore store = new(setup.Context.Directories, setup.Context.Clock) { DefaultSubnet = setup.Description.Network.Subnet };
    private readonly List<JoinedNetwork> joined = [];
    private readonly TaskCompletionSource<GuestSession> guestSession = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ContainerNetworkNames? names;
    private ContainerPolicy? policy;
    private NetworkControl? control;
    private RuleWatch? watch;
    private NetworkReport? report;

    /// <summary>What the network releases, from the machine's end on and beside the other parts.</summary>
    private UndoStack? release;

    private NetworkOptions Options => setup.Description.Network;

    /// <summary>Whether nothing was requested that only a network can give.</summary>
    private bool IsOptional => Options.Mode == NetworkMode.Auto && EgressRules.Of(Options).IsEmpty
        && Options.Ports.Count + Options.Networks.Count == 0 && !Options.PublishesExposedPorts;

    /// <summary>The network of everything that is not in one of the others; null if all are internal.</summary>
    private JoinedNetwork? WayOut => joined.Find(network => !network.IsInternal);

    /// <summary>The network by whose addresses the container knows the host.</summary>
    private JoinedNetwork HostNetwork => WayOut ?? joined[0];

    /// <summary>The host as the container knows it.</summary>
    private IReadOnlyList<IPAddress> Gateways => [HostNetwork.At.Ipv4Gateway, HostNetwork.At.Ipv6Gateway];

    private IEnumerable<GuestHostEntry> HostEntries =>
        Options.Hosts.Select(entry => new GuestHostEntry(NetworkSettings.AddressOf(entry, HostNetwork.At.Ipv4Gateway), entry.Name));

    public IContainerNetwork? Network => control;

    public IEnumerable<string> KernelModules => joined.Count == 0 ? [] : [Module];

    public Task TakeAsync(CancellationToken cancellationToken)
    {
        if (IsOptional && FindObstacle() is { } obstacle)
        {
            DoWithout(obstacle);
            return Task.CompletedTask;
        }

        try
        {
            EgressPolicy? requested = NetworkSettings.PolicyOf(EgressRules.Of(Options));
            _ = ReadResolver();
            release = setup.Undo.Branch();
            PublishedPorts ports = release.Own("release the published ports", PublishedPorts.Reserve(Options));
            JoinAll(ports, requested);
            Confine(requested);
            setup.Directory.Update(setup.Directory.Resources with { Networks = [.. joined.Select(network => network.ToRecord())], Ports = ports.Mappings });
            ports.Relay(TargetOf(HostNetwork.At), setup.Context.Clock);
        }
        catch (NetworkException failure) when (IsOptional && failure.Error is NetworkError.HostUnsuitable or NetworkError.Refused)
        {
            DoWithout(failure.Message);
            return Task.CompletedTask;
        }

        if (joined.Exists(network => !network.At.HasIpv6))
        {
            Warn(DiagnosticCode.NetworkDoubtful, "the host has no IPv6, so the container has none");
        }

        foreach (string doubt in joined.SelectMany(network => (string?[])[network.Bridge.FindForwardDrop(), network.Bridge.FindOverlap()]).OfType<string>())
        {
            Warn(DiagnosticCode.NetworkDoubtful, doubt);
        }

        return Task.CompletedTask;
    }

    public MachineConfiguration Add(MachineConfiguration machine)
    {
        foreach (JoinedNetwork network in machine.Confinement is null ? [] : joined)
        {
            BridgeNetwork.SetOwner(network.At.TapName, machine.Confinement!.UserId);
        }

        return machine with
        {
            NetworkInterfaces = [.. machine.NetworkInterfaces, .. joined.Select((network, index) => network.ToMachineInterface(machine.NetworkInterfaces.Count + index))],
        };
    }

    /// <summary>Nothing of the network is needed when the machine has ended, which is undone directly before this.</summary>
    public void Enter(IMachine machine)
    {
        if (release is not null)
        {
            setup.Undo.Push("begin to release the network", release.Begin);
        }
    }

    public ConfigureGuest Add(ConfigureGuest guest, GuestSession session)
    {
        guestSession.TrySetResult(session);
        return joined.Count == 0 ? guest : guest with
        {
            Network = new GuestNetwork(
                [.. joined.Select(network => network.ToGuestInterface(isWayOut: network == WayOut))],
                NetworkSettings.ComposeResolver(setup.Description.Network, ReadResolver()),
                [.. HostEntries]),
            NameStream = AnswerNames(session).Id,
        };
    }

    public RunReport Add(RunReport done) => done with { Network = report };

    public IEnumerable<Diagnostic> Diagnostics => watch is { Restorations: > 0 and var count }
        ? [Diagnostic.Warning(DiagnosticCode.NetworkRestored, $"another program removed rules of the container's network; they were restored {(count == 1 ? "once" : $"{count} times")}")]
        : [];

    private void Confine(EgressPolicy? requested)
    {
        policy = new ContainerPolicy(joined, requested, setup.Context.Clock);
        names = new ContainerNetworkNames(setup.Context.Directories, setup.Context.Clock, [.. joined.Select(network => network.Place.Network)]);
        GuestNames known = new([.. HostEntries.Select(entry => (entry.Name, IPAddress.Parse(entry.Address)))], Gateways, new OwnNames(names, Gateways));
        EgressPlace place = new([.. joined.Select(network => (network.Bridge, network.At))], bridge => store.List().FirstOrDefault(entry => entry.Bridge == bridge)?.Name ?? bridge);
        control = new NetworkControl(joined, policy, known, place);
        DenialWatch denials = new(control, joined, policy, setup.Context.Denied, setup.Context.Clock);
        release!.Push("read what passed the network", () => report = denials.Last ?? TryObserve());
        watch = release.Own("end the watch for lost rules", new RuleWatch(joined, policy, setup.Context.Clock).Start());
        release.Own("end the watch for denied connections", denials.Start());
    }

    private NetworkReport? TryObserve()
    {
        try
        {
            return control!.Observe();
        }
        catch (NetworkException)
        {
            // Somebody has removed the table: a report without figures is no failure of the container.
            return null;
        }
    }

    private IPortTarget TargetOf(NetworkAttachment at)
    {
        NetworkTarget target = new(at.Ipv4, at.Ipv6);
        return Options.PublishesLoopback ? new LoopbackTarget(target, guestSession.Task) : target;
    }

    private void JoinAll(PublishedPorts published, EgressPolicy? requested)
    {
        List<ChangedSwitch> switches = [];
        uint seed = SeedOf(setup.Directory.Id);
        foreach ((NetworkPlacement place, NetworkEntry entry) in Options.EffectiveNetworks.Select(place => (place, store.Find(place.Network))).ToArray())
        {
            NetworkDefinition definition = entry.ToDefinition();
            BridgeNetwork bridge = new(definition);
            AttachRequest request = NetworkSettings.RequestOf(Options, place, seed) with { Policy = requested, Holder = setup.Directory.Id.ToString() };
            request = WayOut is null && !definition.IsInternal ? published.AddTo(request) : request;
            NetworkAttachment at = bridge.Attach(request, tap => Note(tap, definition), switches.Add);
            release!.Push($"report the end in the network '{entry.Name}'", () => store.Report(entry, EventAction.Disconnect, setup.Description.Id));
            release.Push($"remove the tap '{at.TapName}'", () => setup.Directory.KeepIfFails(() => bridge.Release(at, request)));
            joined.Add(new JoinedNetwork(bridge, definition, place with { Network = entry.Name }, at, request));
            store.Report(entry, EventAction.Connect, setup.Description.Id);
        }

        Announce(switches);
        if (WayOut is null && published.Mappings.Count > 0)
        {
            throw new HearthException(HearthError.InvalidRequest, "cannot publish ports: the container's networks are internal; add one that is not, or publish none");
        }
    }

    /// <summary>Records a tap before it is created, so that it is removed if this process is killed.</summary>
    private void Note(string tap, NetworkDefinition definition) => setup.Directory.Update(setup.Directory.Resources with
    {
        Taps = [.. joined.Select(network => network.ToTap()), NetworkTap.Of(tap, definition)],
    });

    private void Announce(List<ChangedSwitch> switches)
    {
        if (switches.Count > 0)
        {
            string changes = string.Join(" and ", switches.Select(change => $"{change.Path} to {change.Value}"));
            setup.Context.Diagnose(Diagnostic.Information(DiagnosticCode.HostSwitchTurnedOn, $"set {changes} for the network; the end of its last container restores it"));
        }
    }

    private string? FindObstacle() => setup.Kernel.Has(Module) == false
        ? $"the kernel '{setup.Kernel.Name}' has no {Module}"
        : BridgeNetwork.FindObstacle();

    private void DoWithout(string obstacle) => Warn(
        DiagnosticCode.NetworkUnavailable, $"the container has no network: {obstacle}; --network none says that it needs none");

    private void Warn(DiagnosticCode code, string text) => setup.Context.Diagnose(Diagnostic.Warning(code, text));

    private GuestDataStream AnswerNames(GuestSession session)
    {
        GuestDataStream stream = session.OpenStream();
        NameServer server = new(
            names!,
            Gateways,
            new UpstreamResolver(ReadResolver, setup.Context.Clock),
            WayOut is null ? new ClosedNameGate() : policy!);
        setup.Undo.Own("end the answers to names", NameRelay.Start(stream, server.AnswerAsync));
        return stream;
    }

    private HostResolver ReadResolver() => NetworkSettings.ResolverOf(Options, HostResolver.Read());

    /// <summary>The same container tends to get the same address at each start.</summary>
    private static uint SeedOf(ContainerId id) => BinaryPrimitives.ReadUInt32BigEndian(Convert.FromHexString(id.ToString().AsSpan(0, 2 * sizeof(uint))));
}
