using System.Globalization;
using System.Text.Json.Serialization;
using Hearth.Containers;

namespace Hearth.Rendering;

/// <summary>A published port, with docker's names.</summary>
public sealed record HostPort(string HostIp, [property: JsonPropertyName("HostPort")] string Port)
{
    private static readonly string[] everywhere = ["0.0.0.0", "::"];

    /// <summary>A port of all addresses is one of each family.</summary>
    public static IEnumerable<HostPort> Of(PortMapping mapping) =>
        HostsOf(mapping).Select(host => new HostPort(host, mapping.HostPort.ToString(CultureInfo.InvariantCulture)));

    /// <summary>As <c>docker port</c> prints it: <c>0.0.0.0:8080</c>, <c>[::]:8080</c>.</summary>
    public override string ToString() => $"{Bracketed(HostIp)}:{Port}";

    /// <summary>As <c>docker ps</c> prints them: <c>0.0.0.0:8080->80/tcp</c>; neighbouring ports are ranges.</summary>
    public static string Summary(IReadOnlyList<PortMapping> mappings, IReadOnlyList<string> exposed)
    {
        List<(PortMapping First, int Count)> ranges = [];
        foreach (PortMapping mapping in mappings)
        {
            if (ranges.Count > 0 && ranges[^1] is var (first, count)
                && mapping == first with { HostPort = first.HostPort + count, ContainerPort = first.ContainerPort + count })
            {
                ranges[^1] = (first, count + 1);
            }
            else
            {
                ranges.Add((mapping, 1));
            }
        }

        return string.Join(", ",
        [
            .. ranges.SelectMany(range => HostsOf(range.First).Select(host =>
                $"{Bracketed(host)}:{Range(range.First.HostPort, range.Count)}->{Range(range.First.ContainerPort, range.Count)}/{range.First.Protocol}")),
            .. exposed.Where(text => !mappings.Any(mapping => text == $"{mapping.ContainerPort}/{mapping.Protocol}")),
        ]);
    }

    private static string[] HostsOf(PortMapping mapping) => mapping.HostAddress is { } address ? [address] : everywhere;

    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;

    private static string Range(int first, int count) =>
        count == 1 ? first.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{first}-{first + count - 1}");
}
