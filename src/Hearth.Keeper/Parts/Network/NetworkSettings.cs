using System.Globalization;
using System.Net;
using Hearth.Containers;
using Hearth.Linux.Network;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network;

/// <summary>Reads the texts of <see cref="NetworkOptions"/>.</summary>
internal static class NetworkSettings
{
    private const int HardwareBytes = 6;
    private const string NoDomain = ".";
    private const string Gateway = "host-gateway";
    private const long ShortestBurst = 64 << 10;
    private const long BurstsPerSecond = 10;

    /// <summary>The policy; null for none.</summary>
    /// <exception cref="NetworkException">An entry is invalid.</exception>
    public static EgressPolicy? PolicyOf(EgressRules rules) => rules.IsEmpty ? null : EgressPolicy.Parse(!rules.DeniesEgress, rules.Allow, rules.Deny);

    /// <summary>What a container requests of a network.</summary>
    /// <exception cref="HearthException">An address is invalid.</exception>
    public static AttachRequest RequestOf(NetworkOptions options, NetworkPlacement place, uint seed) => new(seed)
    {
        Address = place.Address is { } address ? ParseAddress(address) : null,
        HardwareAddress = place.HardwareAddress is { } hardware ? ParseHardware(hardware) : null,
        Rate = options.Rate is { } rate ? new TrafficRate(rate.Bytes, options.Burst?.Bytes ?? Math.Max(ShortestBurst, rate.Bytes / BurstsPerSecond)) : null,
    };

    /// <summary>The address of an entry of /etc/hosts.</summary>
    /// <exception cref="HearthException">The address is invalid.</exception>
    public static string AddressOf(HostEntry entry, IPAddress gateway) => entry.Address == Gateway ? gateway.ToString() : ParseAddress(entry.Address).ToString();

    /// <summary>The servers and search domains of a container: its own, or the host's. The servers are asked by the host.</summary>
    /// <exception cref="HearthException">A server's address is invalid.</exception>
    public static HostResolver ResolverOf(NetworkOptions options, HostResolver host) => host with
    {
        Servers = options.NameServers.Count > 0 ? [.. options.NameServers.Select(ParseAddress)] : host.Servers,
        Search = options.SearchDomains.Count > 0 ? [.. options.SearchDomains.Where(domain => domain != NoDomain)] : host.Search,
    };

    /// <summary>The content of /etc/resolv.conf. The container's own options replace the host's, as with docker; of several values the last counts.</summary>
    public static string ComposeResolver(NetworkOptions options, HostResolver resolver) => options.ResolverOptions.Count == 0
        ? resolver.ComposeForGuest()
        : $"{(resolver with { Options = [] }).ComposeForGuest()}options {string.Join(' ', options.ResolverOptions)}\n";

    private static IPAddress ParseAddress(string text) => StrictAddress.TryParse(text, out IPAddress? address)
        ? address
        : throw new HearthException(HearthError.InvalidRequest, $"'{text}' is not an IP address: use one such as 172.29.0.10");

    private static byte[] ParseHardware(string text)
    {
        string[] parts = text.Split(':');
        byte[] bytes = new byte[HardwareBytes];
        for (int i = 0; i < HardwareBytes; i++)
        {
            if (parts.Length != HardwareBytes || !byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i]))
            {
                throw new HearthException(HearthError.InvalidRequest, $"'{text}' is not a MAC address: use one such as 02:42:ac:11:00:02");
            }
        }

        return bytes;
    }
}
