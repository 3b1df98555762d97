using System.Globalization;
using System.Text.Json.Serialization;

namespace Hearth.Containers;

/// <summary>A port of the host that leads to a port of a container.</summary>
/// <param name="HostAddress">The host's address; null for all.</param>
/// <param name="HostPort">1 to 65535; 0 for any free one.</param>
/// <param name="ContainerPort">1 to 65535.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
public sealed record PortMapping(string? HostAddress, int HostPort, int ContainerPort, string Protocol)
{
    private const string Tcp = "tcp";

    /// <summary>What a container can expose. Only <c>tcp</c> and <c>udp</c> can be published.</summary>
    private static readonly string[] protocols = [Tcp, "udp", "sctp"];

    /// <summary>The last port of the host's range, of which the first free one is taken; 0 if there is no choice.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int LastHostPort { get; init; }

    /// <summary>The host's port or range as docker writes it; empty for any free one.</summary>
    public string FormatHostPort() => HostPort == 0 ? "" : HostPort.ToString(CultureInfo.InvariantCulture) + (LastHostPort == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{LastHostPort}"));

    /// <summary>A port as <c>PORT/PROTOCOL</c>; one without a protocol is TCP's.</summary>
    public static string WithProtocol(string port) => port.Contains('/', StringComparison.Ordinal) ? port : $"{port}/{Tcp}";

    /// <summary>Reads an exposed port, or a range: <c>80</c>, <c>53/udp</c>, <c>8000-8010/tcp</c>.</summary>
    /// <returns>One text for each port, as <see cref="NetworkOptions.ExposedPorts"/> has it; null if it is none.</returns>
    public static IReadOnlyList<string>? TryExpand(string text)
    {
        string[] parts = text.Split('/');
        string[] ends = parts[0].Split('-');
        string protocol = parts.Length > 1 ? parts[1].ToLowerInvariant() : Tcp;
        int first = Number(ends[0]);
        int last = Number(ends[^1]);
        return parts.Length <= 2 && ends.Length <= 2 && protocols.Contains(protocol) && first > 0 && last >= first
            ? [.. Enumerable.Range(first, last - first + 1).Select(port => string.Create(CultureInfo.InvariantCulture, $"{port}/{protocol}"))]
            : null;
    }

    /// <exception cref="FormatException">It is no port.</exception>
    public static IReadOnlyList<string> Expand(string text) =>
        TryExpand(text) ?? throw new FormatException($"invalid exposed port '{text}': write 80, 53/udp or 8000-8010/tcp");

    private static int Number(string text) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) ? number : 0;
}
