using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Names;
using Hearth.Keeper.Parts.Network.Ports;
using Hearth.Machines;
using Hearth.Network;
using Hearth.Network.Names;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts.Network;

/// <summary>The machine's place in Hearth's network: a tap, addresses, and the answers to the names that it asks for.</summary>
internal sealed class NetworkPart(RunSetup setup) : IRunPart
{
    private const string Module = "virtio_net";
    private const string InterfaceId = "net0";

    private readonly BridgeNetwork network = BridgeNetwork.Default(setup.Context.Directories.Networks);
    private NetworkAttachment? attachment;
    private EgressPolicy? policy;
    private PublishedPorts? ports;

    private NetworkOptions Options => setup.Description.Network;

    private NetworkPlacement Place => Options.Networks.Count > 0 ? Options.Networks[0] : new NetworkPlacement(NetworkOptions.DefaultNetwork);

    /// <summary>Whether nothing was requested that only a network can give.</summary>
    private bool IsOptional => Options.Mode == NetworkMode.Auto && NetworkSettings.PolicyOf(Options) is null
        && Options.Ports.Count + Options.Networks.Count == 0 && !Options.PublishesExposedPorts;

    public IEnumerable<string> KernelModules => attachment is null ? [] : [Module];

    public Task TakeAsync(CancellationToken cancellationToken)
    {
        if (Options.Mode is not (NetworkMode.Auto or NetworkMode.Nat) || Options.Networks.Any(place => place.Network != NetworkOptions.DefaultNetwork))
        {
            throw new HearthException(HearthError.InvalidRequest, "cannot set up the network: this version has only nat and none; choose one of them");
        }

        if (IsOptional && FindObstacle() is { } obstacle)
        {
            DoWithout(obstacle);
            return Task.CompletedTask;
        }

        try
        {
            policy = NetworkSettings.PolicyOf(Options);
            ports = setup.Undo.Own("release the published ports", PublishedPorts.Reserve(Options));
            List<string> switches = [];
            AttachRequest request = NetworkSettings.RequestOf(Options, Place, SeedOf(setup.Directory.Id)) with { Ports = ports.Forwarded };
            attachment = network.Attach(request, Note, switches.Add);
            Announce(switches);
        }
        catch (NetworkException failure) when (IsOptional && failure.Error is NetworkError.HostUnsuitable or NetworkError.Refused)
        {
            DoWithout(failure.Message);
            return Task.CompletedTask;
        }

        setup.Undo.Push($"remove the tap '{attachment.TapName}'", () => network.Release(attachment.TapName));
        if (policy is not null)
        {
            _ = network.SetPolicy(attachment, policy, earlier: 0);
        }

        setup.Directory.Update(setup.Directory.Resources with { Networks = [PlaceOf(attachment)], Ports = ports.Mappings });
        ports.Relay(new NetworkTarget(attachment.Ipv4, attachment.Ipv6));
        if (network.FindForwardDrop() is { } doubt)
        {
            Warn(DiagnosticCode.NetworkDoubtful, doubt);
        }

        return Task.CompletedTask;
    }

    public MachineConfiguration Add(MachineConfiguration machine)
    {
        if (attachment is null)
        {
            return machine;
        }

        if (machine.Confinement is { } confinement)
        {
            BridgeNetwork.SetOwner(attachment.TapName, confinement.UserId);
        }

        return machine with { NetworkInterfaces = [new MachineNetworkInterface(InterfaceId, attachment.TapName, attachment.HardwareAddress)] };
    }

    public ConfigureGuest Add(ConfigureGuest guest, GuestSession session)
    {
        if (attachment is null)
        {
            return guest;
        }

        HostResolver resolver = HostResolver.Read();
        return guest with { Network = Describe(attachment, resolver), NameStream = AnswerNames(attachment, session).Id };
    }

    /// <summary>Records a tap before it is created, so that it is removed if this process is killed.</summary>
    private void Note(string tap) => setup.Directory.Update(setup.Directory.Resources with { Taps = [tap] });

    private void Announce(List<string> switches)
    {
        if (switches.Count > 0)
        {
            setup.Context.Diagnose(Diagnostic.Information(
                DiagnosticCode.HostSwitchTurnedOn, $"turned on {string.Join(" and ", switches)} for the network; the end of its last container turns it off again"));
        }
    }

    private string? FindObstacle() => setup.Kernel.Has(Module) == false
        ? $"the kernel '{setup.Kernel.Name}' has no {Module}"
        : BridgeNetwork.FindObstacle();

    private void DoWithout(string obstacle) => Warn(
        DiagnosticCode.NetworkUnavailable, $"the container has no network: {obstacle}; --network none says that it needs none");

    private void Warn(DiagnosticCode code, string text) => setup.Context.Diagnose(Diagnostic.Warning(code, text));

    private GuestDataStream AnswerNames(NetworkAttachment place, GuestSession session)
    {
        GuestDataStream stream = session.OpenStream();
        NameServer server = new(
            new ContainerNetworkNames(setup.Context.Directories, setup.Context.Clock),
            [place.Ipv4Gateway, place.Ipv6Gateway],
            new UpstreamResolver(HostResolver.Read, setup.Context.Clock),
            policy is null ? new OpenNameGate() : new PolicyNameGate(network, place, policy));
        setup.Undo.Own("end the answers to names", NameRelay.Start(stream, server.AnswerAsync));
        return stream;
    }

    private static NetworkPlace PlaceOf(NetworkAttachment place) => new(
        NetworkOptions.DefaultNetwork,
        string.Join(':', place.HardwareAddress.Select(part => part.ToString("x2", CultureInfo.InvariantCulture))),
        place.Ipv4.ToString(),
        place.Ipv4PrefixLength,
        place.Ipv4Gateway.ToString(),
        place.Ipv6.ToString(),
        NetworkAttachment.Ipv6PrefixLength,
        place.Ipv6Gateway.ToString());

    private GuestNetwork Describe(NetworkAttachment place, HostResolver resolver) => new(
        [
            new GuestInterface(
                [.. place.HardwareAddress],
                MaximumTransmissionUnit: 0,
                [
                    new GuestAddress(place.Ipv4.GetAddressBytes(), place.Ipv4PrefixLength),
                    new GuestAddress(place.Ipv6.GetAddressBytes(), NetworkAttachment.Ipv6PrefixLength),
                ],
                [
                    new GuestRoute(IPAddress.Any.GetAddressBytes(), 0, place.Ipv4Gateway.GetAddressBytes()),
                    new GuestRoute(IPAddress.IPv6Any.GetAddressBytes(), 0, place.Ipv6Gateway.GetAddressBytes()),
                ]),
        ],
        resolver.ComposeForGuest(),
        [.. Options.Hosts.Select(entry => new GuestHostEntry(NetworkSettings.AddressOf(entry, place.Ipv4Gateway), entry.Name))]);

    /// <summary>The same container tends to get the same address at each start.</summary>
    private static uint SeedOf(ContainerId id) => BinaryPrimitives.ReadUInt32BigEndian(Convert.FromHexString(id.ToString().AsSpan(0, 2 * sizeof(uint))));
}
