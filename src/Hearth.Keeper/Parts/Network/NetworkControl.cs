using System.Net;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network;

/// <summary>The network of a running container, for clients.</summary>
/// <param name="networks">The container's networks.</param>
/// <param name="policy">Its policy.</param>
/// <param name="names">The names that the container resolves without servers.</param>
/// <param name="place">What decides about connections besides the policy.</param>
internal sealed class NetworkControl(IReadOnlyList<IPolicyNetwork> networks, ContainerPolicy policy, GuestNames names, IEgressPlace place) : IContainerNetwork
{
    private const string NameProtocol = "dns";

    /// <summary>The entry of all destinations beyond those that are listed.</summary>
    private const string Others = "others";

    private const string AllProtocols = "all";

    public void Confine(EgressRules rules) => policy.Set(NetworkSettings.PolicyOf(rules));

    public ExplainReply Explain(string destination)
    {
        try
        {
            EgressEntry target = EgressEntry.Parse(destination);
            return target switch
            {
                { Kind: EgressEntryKind.Host } when names.Gateways.Count == 0 => throw new HearthException(
                    HearthError.InvalidRequest, $"cannot explain '{destination}': the container's network has no router, which would be the host; give an address"),
                { Kind: EgressEntryKind.Host } => Explain(destination, names.Gateways[0], target),
                { Network: { } network } => Explain(destination, network.BaseAddress, target),
                { IsWildcard: true } => throw new HearthException(HearthError.InvalidRequest, $"cannot explain '{destination}': it is more than one name; give one, such as www.{target.Name}"),
                { Name: { } name } when names.Find(name) is { Addresses.Count: > 0 } known => Explain(destination, known.Addresses, known.Source, target),
                _ => Describe(destination, Explain(target, (judge, port, protocol) => judge.Judge(target.Name!, port, protocol))),
            };
        }
        catch (NetworkException failure)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot explain '{destination}': it is no address or name; give one such as 192.0.2.1:443, example.org:443/tcp or host:8080", failure);
        }
    }

    /// <summary>A name with several addresses: clients try the next one if one is refused.</summary>
    private ExplainReply Explain(string destination, IReadOnlyList<IPAddress> addresses, string source, EgressEntry target)
    {
        ExplainReply[] replies = [.. addresses.Select(address => Explain($"{destination} ({address}, {source})", address, target)).OrderByDescending(reply => reply.IsAllowed)];
        return replies[0] with { Text = string.Join('\n', replies.DistinctBy(reply => reply.IsAllowed).Select(reply => reply.Text)) };
    }

    private ExplainReply Explain(string subject, IPAddress address, EgressEntry target) =>
        Describe(subject, Explain(target, (judge, port, protocol) => judge.Judge(address, port, protocol)));

    private EgressExplanation Explain(EgressEntry target, Func<EgressJudge, ushort, TransportProtocol, EgressVerdict> judgePort)
    {
        EgressPolicy? current = policy.Current;
        EgressJudge judge = new(current, place);
        return EgressExplanation.Of(current, target.Port, target.Protocol, (port, protocol) => judgePort(judge, port, protocol));
    }

    private static ExplainReply Describe(string subject, EgressExplanation explanation) =>
        new(explanation.Verdict.IsAllowed, $"{subject} is {(explanation.Verdict.IsAllowed ? "allowed" : "denied")}: {explanation}");

    public NetworkReport Observe() => new()
    {
        Interfaces = [.. networks.Select(network => network.Count()).OfType<InterfaceReport>()],
        Denied =
        [
            .. networks.SelectMany(ListDenied),
            .. policy.Refused.Select(refused => new DeniedConnection(refused.Name, NameProtocol, 0, refused.Count)),
        ],
    };

    private static IEnumerable<DeniedConnection> ListDenied(IPolicyNetwork network)
    {
        IReadOnlyList<DeniedAttempt> listed = network.ListDenied();
        long others = listed.Count < BridgeNetwork.ListedAtOnce ? 0 : network.CountUnlisted();
        return
        [
            .. listed.Select(attempt => new DeniedConnection(attempt.Address.ToString(), attempt.Protocol, attempt.Port, attempt.Packets)),
            .. others == 0 ? Array.Empty<DeniedConnection>() : [new DeniedConnection(Others, AllProtocols, 0, others)],
        ];
    }
}
