using System.Globalization;

namespace Hearth.Network;

/// <summary>
/// What a policy does with connections to a destination whose port or protocol may be open: the verdict, and the ports that entries of
/// the policy name for which it is the other one.
/// </summary>
/// <param name="Verdict">About the port; without one, about all ports except those of <paramref name="Exceptions"/>.</param>
/// <param name="Exceptions">Ports for which it is otherwise.</param>
public sealed record EgressExplanation(EgressVerdict Verdict, IReadOnlyList<EgressException> Exceptions)
{
    /// <summary>More would not be read.</summary>
    private const int MostListed = 8;

    private const ushort OtherPorts = 0;

    /// <summary>Explains a destination.</summary>
    /// <param name="policy">The guest's policy; null for none.</param>
    /// <param name="port">The port; null if it is open.</param>
    /// <param name="protocol">The protocol; null if it is open.</param>
    /// <param name="judge">Judges a port of the destination.</param>
    public static EgressExplanation Of(EgressPolicy? policy, ushort? port, TransportProtocol? protocol, Func<ushort, TransportProtocol, EgressVerdict> judge)
    {
        EgressVerdict verdict = judge(port ?? OtherPorts, protocol ?? TransportProtocol.Tcp);
        return new EgressExplanation(verdict,
        [
            .. from special in SpecialPorts(policy, port, protocol).Distinct()
               let own = judge(special.Port, special.Protocol)
               where own.IsAllowed != verdict.IsAllowed
               group special.Protocol by (special.Port, Verdict: own) into equal
               orderby equal.Key.Port
               select new EgressException(equal.Key.Port, equal.Count() == 1 ? equal.Single() : null, equal.Key.Verdict),
        ]);
    }

    /// <summary>The reason, and the exceptions with theirs.</summary>
    public override string ToString()
    {
        string[] listed = [.. Exceptions.Take(MostListed).Select(exception => $"port {exception} ({exception.Verdict.Reason})")];
        string more = Exceptions.Count > MostListed ? string.Create(CultureInfo.InvariantCulture, $" and {Exceptions.Count - MostListed} more") : "";
        return Verdict.Reason + (listed.Length == 0 ? "" : $"; except {string.Join(", ", listed)}{more}");
    }

    /// <summary>The ports that a policy treats in its own way.</summary>
    private static IEnumerable<(ushort Port, TransportProtocol Protocol)> SpecialPorts(EgressPolicy? policy, ushort? port, TransportProtocol? protocol)
    {
        TransportProtocol[] protocols = protocol is { } wanted ? [wanted] : [TransportProtocol.Tcp, TransportProtocol.Udp];
        EgressEntry[] entries = [.. policy?.Allow.Concat(policy.Deny).Where(entry => entry.Port is not null) ?? []];
        ushort[] ports = port is { } given
            ? entries.Any(entry => entry.Port == given && entry.Protocol is not null) ? [given] : []
            : [.. entries.Select(entry => entry.Port!.Value), .. EgressJudge.NameServerPorts.Where(_ => policy is { HasNames: true })];
        return from each in ports from one in protocols select (each, one);
    }
}
