namespace Hearth.Containers;

/// <summary>A port of the host that leads to a port of a container.</summary>
/// <param name="HostAddress">The host's address; null for all.</param>
/// <param name="HostPort">1 to 65535; 0 for any free one.</param>
/// <param name="ContainerPort">1 to 65535.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
public sealed record PortMapping(string? HostAddress, int HostPort, int ContainerPort, string Protocol)
{
    /// <summary>A port as <c>PORT/PROTOCOL</c>; one without a protocol is TCP's.</summary>
    public static string WithProtocol(string port) => port.Contains('/', StringComparison.Ordinal) ? port : $"{port}/tcp";
}
