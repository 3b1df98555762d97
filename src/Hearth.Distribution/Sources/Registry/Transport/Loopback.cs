using System.Net;

namespace Hearth.Distribution.Sources.Registry.Transport;

/// <summary>Hosts that are this machine: no other machine sees what is sent to them.</summary>
internal static class Loopback
{
    public static bool Includes(string host) =>
        host == "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal) || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
