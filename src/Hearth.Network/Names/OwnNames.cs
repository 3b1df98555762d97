using System.Globalization;
using System.Net;

namespace Hearth.Network.Names;

/// <summary>The answers for names that the host itself knows: containers, and the host as its guests see it.</summary>
/// <param name="names">The containers' names.</param>
/// <param name="gateways">The host's addresses in the guest's networks.</param>
public sealed class OwnNames(IHostNames names, IReadOnlyList<IPAddress> gateways)
{
    private const string Ipv4Suffix = ".in-addr.arpa";
    private const string Ipv6Suffix = ".ip6.arpa";
    private const int Ipv4Labels = 4;
    private const int Ipv6Labels = 32;

    private static readonly string[] hostNames = ["host.hearth.internal", "gateway.hearth.internal", "host.docker.internal", "gateway.docker.internal"];

    /// <summary>Whether a name is the host's as its guests see it.</summary>
    public static bool IsHost(string name) => hostNames.Contains(name);

    /// <summary>Finds the addresses of a name.</summary>
    /// <param name="name">In lower case, without a dot at the end.</param>
    /// <returns>Null if the name is not one that the host itself knows.</returns>
    public IReadOnlyList<IPAddress>? Resolve(string name) => IsHost(name) ? gateways : names.Resolve(name);

    /// <summary>
    /// Answers a question about a name of the host's. A name without an address of the family has an answer without records; it
    /// must not be NXDOMAIN, which means that the name has no records at all.
    /// </summary>
    /// <returns>Null if the name is not the host's.</returns>
    internal byte[]? TryAnswer(DnsMessage query, uint timeToLive)
    {
        if (query.Class != DnsMessage.InternetClass)
        {
            return null;
        }

        DnsAnswer answer = DnsAnswer.To(query, DnsResponseCode.NoError, isAuthoritative: true);
        if (AddressOf(query.Name.Text) is { } reversed)
        {
            string? name = gateways.Contains(reversed) ? hostNames[0] : names.NameOf(reversed);
            if (name is null || DnsName.TryParse(name) is not { } target)
            {
                return null;
            }

            if (query.Type is DnsType.Pointer or DnsType.Any)
            {
                answer.Add(query.Name, DnsType.Pointer, target, timeToLive);
            }

            return answer.Finish();
        }

        IReadOnlyList<IPAddress>? addresses = Resolve(query.Name.Text);
        foreach (IPAddress address in addresses ?? [])
        {
            bool isIpv4 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
            if (query.Type == DnsType.Any || query.Type == (isIpv4 ? DnsType.Address : DnsType.Ipv6Address))
            {
                answer.Add(query.Name, address, timeToLive);
            }
        }

        return addresses is null ? null : answer.Finish();
    }

    /// <summary>Reads the name of a question for an address's name: RFC 1035, 3.5, and RFC 3596, 2.5.</summary>
    /// <returns>Null if it is none.</returns>
    internal static IPAddress? AddressOf(string name)
    {
        if (name.EndsWith(Ipv4Suffix, StringComparison.Ordinal))
        {
            string[] labels = name[..^Ipv4Suffix.Length].Split('.');
            byte[] bytes = new byte[Ipv4Labels];
            return labels.Length == Ipv4Labels && TryRead(labels, bytes, NumberStyles.None) ? new IPAddress(bytes) : null;
        }

        if (name.EndsWith(Ipv6Suffix, StringComparison.Ordinal))
        {
            string[] labels = name[..^Ipv6Suffix.Length].Split('.');
            byte[] halves = new byte[Ipv6Labels];
            return labels.Length == Ipv6Labels && labels.All(label => label.Length == 1) && TryRead(labels, halves, NumberStyles.AllowHexSpecifier)
                ? new IPAddress([.. halves.Chunk(2).Select(pair => (byte)((pair[0] << 4) | pair[1]))])
                : null;
        }

        return null;
    }

    /// <summary>Reads labels in reverse order.</summary>
    private static bool TryRead(string[] labels, byte[] values, NumberStyles style)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            if (!byte.TryParse(labels[^(i + 1)], style, CultureInfo.InvariantCulture, out values[i]))
            {
                return false;
            }
        }

        return true;
    }
}
