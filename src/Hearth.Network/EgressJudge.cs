using System.Net;

namespace Hearth.Network;

/// <summary>
/// Says what the rules of <see cref="PolicyRules"/> and <see cref="RouteRules"/> do with a connection, rule by rule in their order.
/// </summary>
/// <param name="policy">The guest's policy; null for none.</param>
/// <param name="isOfHost">Whether an address is one of the host's.</param>
/// <param name="isLearned">Whether a name has opened an address to the guest, for a port of a protocol.</param>
public sealed class EgressJudge(EgressPolicy? policy, Func<IPAddress, bool> isOfHost, Func<IPAddress, TransportProtocol, ushort, bool> isLearned)
{
    private const ushort NamePort = 53;
    private const ushort EncryptedNamePort = 853;

    /// <summary>Judges a connection to an address.</summary>
    /// <param name="address">The destination.</param>
    /// <param name="port">The port.</param>
    /// <param name="protocol">The protocol.</param>
    public EgressVerdict Judge(IPAddress address, ushort port, TransportProtocol protocol)
    {
        bool Names(EgressEntry entry) => entry.Network is { } network && network.Contains(address) && Fits(entry, port, protocol);
        if (policy?.Deny.FirstOrDefault(Names) is { } denied)
        {
            return new EgressVerdict(false, $"--deny {denied.Text} names it");
        }

        if (isOfHost(address))
        {
            return JudgeHost(port, protocol);
        }

        if (EgressPolicy.Closed.Where(network => network.Contains(address)).Cast<IPNetwork?>().FirstOrDefault() is { } closed)
        {
            EgressEntry? precise = policy?.Allow.FirstOrDefault(entry => Names(entry) && AddressRanges.IsWithin(entry.Network!.Value, closed));
            return precise is null
                ? new EgressVerdict(false, $"{closed} is closed, where clouds have their metadata services, unless --allow names a network within it")
                : new EgressVerdict(true, $"--allow {precise.Text} names it");
        }

        return JudgeOutside(address, port, protocol, [.. policy?.Allow.Where(Names) ?? []]);
    }

    /// <summary>Judges whether a guest may resolve a name and then connect.</summary>
    /// <param name="name">A name that is not one of the host's own.</param>
    /// <param name="port">The port.</param>
    /// <param name="protocol">The protocol.</param>
    public EgressVerdict Judge(string name, ushort port, TransportProtocol protocol)
    {
        if (policy is null)
        {
            return new EgressVerdict(true, "the container has no egress policy");
        }

        (bool isResolved, IReadOnlyList<EgressEntry> entries) = policy.Judge(name);
        if (!isResolved)
        {
            return new EgressVerdict(false, entries is [{ } denied, ..] ? $"--deny {denied.Text} names it, so it is not resolved" : "no --allow names it, and --egress is deny, so it is not resolved");
        }

        return entries.FirstOrDefault(entry => Fits(entry, port, protocol)) is { } allowed
            ? new EgressVerdict(true, $"--allow {allowed.Text} names it; its addresses are opened when it is resolved, except private ones")
            : policy.AllowsByDefault
                ? new EgressVerdict(true, "--egress is allow, and no --deny names it; its addresses are judged when the container connects")
                : new EgressVerdict(false, $"--allow {entries[0].Text} names it, but another port");
    }

    private EgressVerdict JudgeHost(ushort port, TransportProtocol protocol)
    {
        bool Names(EgressEntry entry) => entry.Kind == EgressEntryKind.Host && Fits(entry, port, protocol);
        if (policy?.Deny.FirstOrDefault(Names) is { } denied)
        {
            return new EgressVerdict(false, $"it is the host, and --deny {denied.Text} names it");
        }

        return policy?.Allow.FirstOrDefault(Names) is { } allowed
            ? new EgressVerdict(true, $"it is the host, and --allow {allowed.Text} names it")
            : new EgressVerdict(false, policy is { AllowsByDefault: false }
                ? "it is the host, whose services and published ports are closed unless --allow host names them"
                : "it is the host, whose services are closed unless --allow host names them; ports that containers publish are open");
    }

    private EgressVerdict JudgeOutside(IPAddress address, ushort port, TransportProtocol protocol, IReadOnlyList<EgressEntry> allowed)
    {
        if (allowed.FirstOrDefault(entry => entry.Port is not null) is { } precise)
        {
            return new EgressVerdict(true, $"--allow {precise.Text} names it");
        }

        if (isLearned(address, protocol, port))
        {
            return new EgressVerdict(true, "a name that the policy allows has led to it");
        }

        if (policy is { HasNames: true } && port is NamePort or EncryptedNamePort)
        {
            return new EgressVerdict(false, "other name servers are closed, since the policy has names");
        }

        return allowed.Count > 0
            ? new EgressVerdict(true, $"--allow {allowed[0].Text} names it")
            : policy switch
            {
                null => new EgressVerdict(true, "the container has no egress policy"),
                { AllowsByDefault: true } => new EgressVerdict(true, "--egress is allow, and no --deny names it"),
                _ => new EgressVerdict(false, "no --allow names it, and --egress is deny"),
            };
    }

    private static bool Fits(EgressEntry entry, ushort port, TransportProtocol protocol) =>
        (entry.Port is null || entry.Port == port) && (entry.Protocol is null || entry.Protocol == protocol);
}
