using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Hearth.Linux.Network;

/// <summary>
/// Addresses as people write them. .NET reads the forms of inet_aton(3) too, and so takes 10.1 for 10.0.0.1 and 010.0.0.1 for 8.0.0.1;
/// here they are errors, as docker and Go have it.
/// </summary>
public static class StrictAddress
{
    private const int Ipv4Parts = 4;

    /// <summary>Reads four decimal numbers without leading zeros, or an IPv6 address without brackets, prefix and zone.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (text is null)
        {
            return false;
        }

        if (!text.Contains(':', StringComparison.Ordinal))
        {
            return IsIpv4(text) && IPAddress.TryParse(text, out address);
        }

        string last = text[(text.LastIndexOf(':') + 1)..];
        return text.AsSpan().IndexOfAny("[]/%") < 0 && (!last.Contains('.', StringComparison.Ordinal) || IsIpv4(last)) && IPAddress.TryParse(text, out address);
    }

    /// <summary>Reads an address, a slash and the length of the prefix; bits after the prefix are left out.</summary>
    public static bool TryParseNetwork(string? text, out IPNetwork network)
    {
        network = default;
        return text?.Split('/') is [{ } address, { } length] && TryParse(address, out _) && IsNumber(length) && IPNetwork.TryParse(text, out network);
    }

    private static bool IsIpv4(string text) =>
        text.Split('.') is { Length: Ipv4Parts } parts && parts.All(part => IsNumber(part) && byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _));

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit) && (text.Length == 1 || text[0] != '0');
}
