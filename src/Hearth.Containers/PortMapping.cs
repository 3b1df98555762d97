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
    /// <summary>The last port of the host's range, of which the first free one is taken; 0 if there is no choice.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int LastHostPort { get; init; }

    /// <summary>The host's port or range as docker writes it; empty for any free one.</summary>
    public string FormatHostPort() => HostPort == 0 ? "" : HostPort.ToString(CultureInfo.InvariantCulture) + (LastHostPort == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{LastHostPort}"));

    /// <summary>A port as <c>PORT/PROTOCOL</c>; one without a protocol is TCP's.</summary>
    public static string WithProtocol(string port) => port.Contains('/', StringComparison.Ordinal) ? port : $"{port}/tcp";
}
