using System.Globalization;
using System.Net;
using Hearth.Containers;
using Hearth.Linux.Network;

namespace Hearth.Cli.Values;

/// <summary>docker's texts of ports: <c>[[HOST-IP:][HOST-PORT]:]PORT[/tcp|udp]</c>, ranges in both places. Of a range of the host for one port of the container, a free port is chosen.</summary>
internal static class PortArgument
{
    private const string Tcp = "tcp";

    private static readonly string[] protocols = [Tcp, "udp"];

    /// <summary>The mappings of a value of <c>--publish</c>; one for each port of a range. A missing port of the host is 0: any free one.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static IReadOnlyList<PortMapping> Parse(string text)
    {
        (string rest, string protocol) = SplitProtocol(text);
        int last = rest.LastIndexOf(':');
        (int first, int count) = ParseRange(rest[(last + 1)..], text, smallest: 1);
        string host = last < 0 ? "" : rest[..last];
        int colon = host.LastIndexOf(':');
        bool hasAddress = host.EndsWith(']') || colon >= 0;
        string? address = !hasAddress ? null : ParseAddress(host.EndsWith(']') ? host : host[..colon], text);
        string hostPort = !hasAddress ? host : host.EndsWith(']') ? "" : host[(colon + 1)..];
        if (hostPort.Length == 0)
        {
            return [.. Enumerable.Range(first, count).Select(port => new PortMapping(address, 0, port, protocol))];
        }

        (int hostFirst, int hostCount) = ParseRange(hostPort, text, smallest: 0);
        if (count == 1 && hostCount > 1 && hostFirst > 0)
        {
            return [new PortMapping(address, hostFirst, first, protocol) { LastHostPort = hostFirst + hostCount - 1 }];
        }

        return hostCount == count
            ? [.. Enumerable.Range(0, count).Select(index => new PortMapping(address, hostFirst == 0 ? 0 : hostFirst + index, first + index, protocol))]
            : throw new FormatException($"has {hostCount} ports of the host and {count} of the container: give as many of both");
    }

    /// <summary>The ports of a value of <c>--expose</c>: <c>80/tcp</c> for each.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static IReadOnlyList<string> ParseExposed(string text)
    {
        (string rest, string protocol) = SplitProtocol(text);
        (int first, int count) = ParseRange(rest, text, smallest: 1);
        return [.. Enumerable.Range(first, count).Select(port => string.Create(CultureInfo.InvariantCulture, $"{port}/{protocol}"))];
    }

    private static (string Ports, string Protocol) SplitProtocol(string text)
    {
        int slash = text.LastIndexOf('/');
        string protocol = slash < 0 ? Tcp : text[(slash + 1)..].ToLowerInvariant();
        return protocols.Contains(protocol) ? (slash < 0 ? text : text[..slash], protocol) : throw Invalid(text);
    }

    private static string? ParseAddress(string text, string whole)
    {
        string inner = text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text;
        return inner.Length == 0 ? null : StrictAddress.TryParse(inner, out IPAddress? address) ? address.ToString() : throw Invalid(whole);
    }

    private static (int First, int Count) ParseRange(string text, string whole, int smallest)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        int first = ParsePort(dash < 0 ? text : text[..dash], whole, smallest);
        int end = dash < 0 ? first : ParsePort(text[(dash + 1)..], whole, first);
        return (first, end - first + 1);
    }

    private static int ParsePort(string text, string whole, int smallest) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port >= smallest ? port : throw Invalid(whole);

    private static FormatException Invalid(string text) =>
        new($"cannot be '{text}': use one such as 8080:80, 127.0.0.1:8080:80/tcp, [::1]::53/udp or 8000-8010:8000-8010");
}
