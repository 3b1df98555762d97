using System.Net;

namespace Hearth.Network;

/// <summary>
/// Says what the rules of <see cref="PolicyRules"/>, <see cref="GroupRules"/> and <see cref="RouteRules"/> do with a connection, rule
/// by rule in their order.
/// </summary>
/// <param name="policy">The guest's policy; null for none.</param>
/// <param name="place">What decides besides it.</param>
public sealed class EgressJudge(EgressPolicy? policy, IEgressPlace place)
{
    private const ushort NamePort = 53;
    private const ushort EncryptedNamePort = 853;

    /// <summary>The ports at which name servers answer, which policies with names close.</summary>
    internal static IReadOnlyList<ushort> NameServerPorts { get; } = [NamePort, EncryptedNamePort];

    private const string NoPolicy = "the container has no egress policy";

    /// <summary>Judges a connection to an address.</summary>
    /// <param name="address">The destination.</param>
    /// <param name="port">The port.</param>
    /// <param name="protocol">The protocol.</param>
    public EgressVerdict Judge(IPAddress address, ushort port, TransportProtocol protocol)
    {
        bool Names(EgressEntry entry) => entry.Network is { } network && network.Contains(address) && entry.Fits(port, protocol);
        if (policy?.Deny.FirstOrDefault(Names) is { } denied)
        {
            return new EgressVerdict(false, $"--deny {denied.Text} names it");
        }

        LearnedScope learned = policy is { HasNames: true } ? place.FindLearned(address, protocol, port) : LearnedScope.None;
        if (learned == LearnedScope.Barred)
        {
            return new EgressVerdict(false, "a name that --deny names with this port has led to it");
        }

        EgressEntry[] allowed = [.. policy?.Allow.Where(Names) ?? []];
        EgressVerdict verdict = place.IsOfHost(address) ? JudgeHost(address, port, protocol)
            : place.IsGroup(address) ? JudgeGroup(allowed)
            : EgressPolicy.Closed.Where(network => network.Contains(address)).Cast<IPNetwork?>().FirstOrDefault() is { } closed ? JudgeClosed(closed, allowed)
            : JudgeOutside(port, allowed, learned);
        return verdict.IsAllowed && place.FindObstacle(address) is { } obstacle ? new EgressVerdict(false, obstacle) : verdict;
    }

    /// <summary>Judges whether a guest may resolve a name and then connect.</summary>
    /// <param name="name">A name that is not one of the host's own.</param>
    /// <param name="port">The port.</param>
    /// <param name="protocol">The protocol.</param>
    public EgressVerdict Judge(string name, ushort port, TransportProtocol protocol)
    {
        if (!place.HasWayOut)
        {
            return new EgressVerdict(false, "the container has only internal networks, so it is not resolved");
        }

        if (policy is null)
        {
            return new EgressVerdict(true, NoPolicy);
        }

        NameJudgement named = policy.Judge(name);
        if (!named.IsResolved)
        {
            return new EgressVerdict(false, named.Denied.FirstOrDefault(entry => entry.Port is null) is { } whole ? $"--deny {whole.Text} names it, so it is not resolved" : "no --allow names it, and --egress is deny, so it is not resolved");
        }

        if (named.Denied.FirstOrDefault(entry => entry.Fits(port, protocol)) is { } denied)
        {
            return new EgressVerdict(false, $"--deny {denied.Text} names it; this port of its addresses is closed when it is resolved");
        }

        return named.Allowed.FirstOrDefault(entry => entry.Fits(port, protocol)) is { } allowed
            ? new EgressVerdict(true, $"--allow {allowed.Text} names it; its addresses are opened when it is resolved, except private ones")
            : policy.AllowsByDefault
                ? new EgressVerdict(true, "--egress is allow, and no --deny names it; its addresses are judged when the container connects")
                : new EgressVerdict(false, $"--allow {named.Allowed[0].Text} names it, but another port");
    }

    private EgressVerdict JudgeHost(IPAddress address, ushort port, TransportProtocol protocol)
    {
        bool Names(EgressEntry entry) => entry.Kind == EgressEntryKind.Host && entry.Fits(port, protocol);
        if (policy?.Deny.FirstOrDefault(Names) is { } denied)
        {
            return new EgressVerdict(false, $"it is the host, and --deny {denied.Text} names it");
        }

        if (policy?.Allow.FirstOrDefault(Names) is { } allowed)
        {
            return new EgressVerdict(true, $"it is the host, and --allow {allowed.Text} names it");
        }

        if (policy is { AllowsByDefault: false })
        {
            return new EgressVerdict(false, "it is the host, whose services and published ports are closed unless --allow host names them");
        }

        return place.IsPublished(address, protocol, port)
            ? new EgressVerdict(true, "it is the host, and a container publishes this port")
            : new EgressVerdict(false, "it is the host, whose services are closed unless --allow host names them; ports that containers publish are open");
    }

    private EgressVerdict JudgeGroup(EgressEntry[] allowed) => policy switch
    {
        null => new EgressVerdict(true, $"{NoPolicy}; multicast and broadcast reach its networks only"),
        _ when allowed.Length > 0 => Allowed(allowed[0]),
        { OpensGroups: true } => new EgressVerdict(true, "--egress is allow, and no --deny names it; multicast and broadcast reach the container's networks only"),
        _ => new EgressVerdict(false, "multicast and broadcast are closed under --egress deny or any --allow, unless --allow names them"),
    };

    private static EgressVerdict JudgeClosed(IPNetwork closed, IEnumerable<EgressEntry> allowed) =>
        allowed.FirstOrDefault(entry => AddressRanges.IsWithin(entry.Network!.Value, closed)) is { } precise
            ? Allowed(precise)
            : new EgressVerdict(false, $"{closed} is closed, where clouds have their metadata services, unless --allow names a network within it");

    private EgressVerdict JudgeOutside(ushort port, EgressEntry[] allowed, LearnedScope learned)
    {
        if (allowed.FirstOrDefault(entry => entry.Port is not null || entry.IsSingleAddress) is { } precise)
        {
            return Allowed(precise);
        }

        bool isOfNameServer = policy is { HasNames: true } && port is NamePort or EncryptedNamePort;
        if (learned == LearnedScope.Port || (learned == LearnedScope.Address && !isOfNameServer))
        {
            return new EgressVerdict(true, "a name that the policy allows has led to it");
        }

        if (isOfNameServer)
        {
            return new EgressVerdict(false, "other name servers are closed, since the policy has names; --allow opens one by its address");
        }

        return allowed.Length > 0 ? Allowed(allowed[0]) : policy switch
        {
            null => new EgressVerdict(true, NoPolicy),
            { AllowsByDefault: true } => new EgressVerdict(true, "--egress is allow, and no --deny names it"),
            _ => new EgressVerdict(false, "no --allow names it, and --egress is deny"),
        };
    }

    private static EgressVerdict Allowed(EgressEntry entry) => new(true, $"--allow {entry.Text} names it");
}
