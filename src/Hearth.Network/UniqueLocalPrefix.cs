using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Hearth.Network;

/// <summary>
/// The IPv6 network of a bridge, fdXX:XXXX:XXXX:XXXX::/64 (RFC 4193). It follows from the host's machine id and the bridge's name,
/// so it is stable, and differs between hosts and between networks.
/// </summary>
internal static class UniqueLocalPrefix
{
    private const byte Local = 0xfd;
    private const int PrefixBytes = 8;
    private const int AddressBytes = 16;
    private const string MachineIdFile = "/etc/machine-id";

    private static readonly Lazy<string> machine = new(() => File.Exists(MachineIdFile) ? File.ReadAllText(MachineIdFile).Trim() : "");

    public static IPAddress Of(string bridge)
    {
        byte[] address = new byte[AddressBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"hearth {machine.Value} {bridge}")).AsSpan(0, PrefixBytes).CopyTo(address);
        address[0] = Local;
        return new IPAddress(address);
    }
}
