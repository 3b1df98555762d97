using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Network;
using Hearth.Network.Names;

namespace Hearth.Keeper.Parts.Network;

/// <summary>The network of a running container, for clients.</summary>
/// <param name="networks">The container's networks.</param>
/// <param name="policy">Its policy.</param>
/// <param name="names">The names of containers.</param>
/// <param name="nameOf">The name of the network of a bridge.</param>
internal sealed class NetworkControl(IReadOnlyList<JoinedNetwork> networks, ContainerPolicy policy, IHostNames names, Func<string, string> nameOf) : IContainerNetwork
{
    private const string NameProtocol = "dns";
    private const ushort AnyPort = 0;

    /// <summary>The entry of all destinations beyond those that are listed.</summary>
    private const string Others = "others";

    private const string AllProtocols = "all";

    private readonly EgressPlace place = new([.. networks.Select(network => (network.Bridge, network.At))], nameOf);

    public void Confine(EgressRules rules) => policy.Set(NetworkSettings.PolicyOf(rules));

    public ExplainReply Explain(string destination)
    {
        try
        {
            EgressEntry target = EgressEntry.Parse(destination);
            ushort port = target.Port ?? AnyPort;
            TransportProtocol protocol = target.Protocol ?? TransportProtocol.Tcp;
            EgressJudge judge = new(policy.Current, place);
            (string subject, EgressVerdict verdict) = target switch
            {
                { Kind: EgressEntryKind.Host } => (destination, judge.Judge(networks[0].At.Ipv4Gateway, port, protocol)),
                { Network: { } network } => (destination, judge.Judge(network.BaseAddress, port, protocol)),
                { IsWildcard: true } => throw new HearthException(HearthError.InvalidRequest, $"cannot explain '{destination}': it is more than one name; give one, such as www.{target.Name}"),
                { Name: { } name } when names.Resolve(name) is [{ } address, ..] => ($"{destination} ({address}, a container)", judge.Judge(address, port, protocol)),
                _ => (destination, judge.Judge(target.Name!, port, protocol)),
            };
            return new ExplainReply(verdict.IsAllowed, $"{subject} is {(verdict.IsAllowed ? "allowed" : "denied")}: {verdict.Reason}");
        }
        catch (NetworkException failure)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot explain '{destination}': it is no address or name; give one such as 192.0.2.1:443, example.org:443/tcp or host:8080", failure);
        }
    }

    public NetworkReport Observe() => new()
    {
        Interfaces = [.. networks.Select(Count).OfType<InterfaceReport>()],
        Denied =
        [
            .. networks.SelectMany(ListDenied),
            .. policy.Refused.Select(refused => new DeniedConnection(refused.Name, NameProtocol, 0, refused.Count)),
        ],
    };

    private static IEnumerable<DeniedConnection> ListDenied(JoinedNetwork network)
    {
        IReadOnlyList<DeniedAttempt> listed = network.Bridge.ListDenied(network.At);
        long others = listed.Count < BridgeNetwork.ListedAtOnce ? 0 : network.Bridge.CountUnlisted(network.At);
        return
        [
            .. listed.Select(attempt => new DeniedConnection(attempt.Address.ToString(), attempt.Protocol, attempt.Port, attempt.Packets)),
            .. others == 0 ? Array.Empty<DeniedConnection>() : [new DeniedConnection(Others, AllProtocols, 0, others)],
        ];
    }

    private static InterfaceReport? Count(JoinedNetwork network)
    {
        if (BridgeNetwork.CountersOf(network.At.TapName) is not { } counters)
        {
            return null;
        }

        // The interface does not see what a rule drops.
        (long sent, long received) = network.Request.Rate is null ? (0, 0) : network.Bridge.CountLimited(network.At);
        return new InterfaceReport(network.Place.Network)
        {
            ReceivedBytes = (long)counters.ReceivedBytes,
            ReceivedPackets = (long)counters.ReceivedPackets,
            ReceivedDropped = (long)counters.ReceivedDrops + received,
            SentBytes = (long)counters.SentBytes,
            SentPackets = (long)counters.SentPackets,
            SentDropped = (long)counters.SentDrops + sent,
        };
    }
}
