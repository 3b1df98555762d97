using System.Globalization;
using System.Net;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <summary>
/// What a policy allows or denies: <c>CIDR</c>, <c>CIDR:port</c>, <c>[IPv6 CIDR]:port</c>, <c>name</c>, <c>*.name</c>, <c>host</c>
/// (the host's own services); each with <c>:port</c> and then <c>/tcp</c> or <c>/udp</c> where wanted.
/// </summary>
/// <param name="Text">As people wrote it.</param>
/// <param name="Kind">What it names.</param>
public sealed record EgressEntry(string Text, EgressEntryKind Kind)
{
    private const string HostWord = "host";
    private const string WildcardPrefix = "*.";
    private const int LongestName = 253;
    private const int LongestLabel = 63;

    /// <summary>The addresses; null for names and the host.</summary>
    public IPNetwork? Network { get; init; }

    /// <summary>The name in lower case, without the wildcard; null for addresses and the host.</summary>
    public string? Name { get; init; }

    /// <summary>Whether the entry means the names below <see cref="Name"/>, and not the name itself.</summary>
    public bool IsWildcard { get; init; }

    /// <summary>The port; null for all.</summary>
    public ushort? Port { get; init; }

    /// <summary>The protocol; null for TCP and UDP.</summary>
    public TransportProtocol? Protocol { get; init; }

    /// <summary>Whether the entry names one address, and not a network of several.</summary>
    internal bool IsSingleAddress => Network is { } network && network.PrefixLength == 8 * network.BaseAddress.GetAddressBytes().Length;

    /// <summary>The protocols as nft names them.</summary>
    internal IReadOnlyList<string> Protocols => Protocol switch
    {
        TransportProtocol.Tcp => ["tcp"],
        TransportProtocol.Udp => ["udp"],
        _ => ["tcp", "udp"],
    };

    /// <summary>Whether the entry means a port of a protocol; one without a port means all.</summary>
    internal bool Fits(ushort port, TransportProtocol protocol) => (Port is null || Port == port) && (Protocol is null || Protocol == protocol);

    /// <summary>Parses an entry.</summary>
    /// <exception cref="NetworkException">The text is none.</exception>
    public static EgressEntry Parse(string text)
    {
        (string target, ushort? port, TransportProtocol? protocol) = Split(text);
        if (target == HostWord)
        {
            return new EgressEntry(text, EgressEntryKind.Host) { Port = port, Protocol = protocol };
        }

        if (ParseNetwork(target) is { } network)
        {
            return new EgressEntry(text, EgressEntryKind.Addresses) { Network = network, Port = port, Protocol = protocol };
        }

        bool isWildcard = target.StartsWith(WildcardPrefix, StringComparison.Ordinal);
        string name = (isWildcard ? target[WildcardPrefix.Length..] : target).TrimEnd('.').ToLowerInvariant();
        return IsName(name) ? new EgressEntry(text, EgressEntryKind.Name) { Name = name, IsWildcard = isWildcard, Port = port, Protocol = protocol } : throw Invalid(text);
    }

    /// <summary>Whether the entry means the name.</summary>
    /// <param name="name">In lower case, without a final dot.</param>
    public bool Matches(string name) => IsWildcard ? name.EndsWith($".{Name}", StringComparison.Ordinal) : name == Name;

    private static (string Target, ushort? Port, TransportProtocol? Protocol) Split(string text)
    {
        string rest = text;
        TransportProtocol? protocol = null;
        if (rest.EndsWith("/tcp", StringComparison.Ordinal) || rest.EndsWith("/udp", StringComparison.Ordinal))
        {
            protocol = rest.EndsWith("/tcp", StringComparison.Ordinal) ? TransportProtocol.Tcp : TransportProtocol.Udp;
            rest = rest[..^"/tcp".Length];
        }

        int colon = rest.StartsWith('[') ? rest.IndexOf("]:", StringComparison.Ordinal) + 1 : rest.Count(letter => letter == ':') == 1 ? rest.IndexOf(':', StringComparison.Ordinal) : 0;
        ushort? port = null;
        if (colon > 0)
        {
            port = ushort.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number > 0 ? number : throw Invalid(text);
            rest = rest[..colon];
        }

        if (protocol is not null && port is null)
        {
            throw Invalid(text);
        }

        return (rest.StartsWith('[') && rest.EndsWith(']') ? rest[1..^1] : rest, port, protocol);
    }

    private static IPNetwork? ParseNetwork(string text)
    {
        if (StrictAddress.TryParseNetwork(text, out IPNetwork network))
        {
            return network;
        }

        return StrictAddress.TryParse(text, out IPAddress? address)
            ? new IPNetwork(address, 8 * address.GetAddressBytes().Length)
            : null;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName
        && name.Any(letter => char.IsAsciiLetter(letter))
        && name.Split('.').All(label => label.Length is > 0 and <= LongestLabel && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'));

    private static NetworkException Invalid(string text) => new(
        NetworkError.InvalidRequest,
        $"cannot use '{text}' in a policy: it is no network, name or 'host'; use one such as 10.0.0.0/8, 10.0.0.1:443, [fd00::/8]:443/tcp, example.org, *.example.org:443 or host:8080");
}
