using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Hearth.Network;

/// <summary>
/// The IPv6 network of a bridge, fdXX:XXXX:XXXX:XXXX::/64 (RFC 4193). It follows from the host's machine id, so it is stable and
/// differs between hosts. The last 32 bits of an address are those of the IPv4 address.
/// </summary>
internal static class UniqueLocalPrefix
{
    private const byte Local = 0xfd;
    private const int PrefixBytes = 8;
    private const int AddressBytes = 16;
    private const string MachineIdFile = "/etc/machine-id";

    public static IPAddress AddressOf(IPAddress ipv4)
    {
        Span<byte> bytes = stackalloc byte[AddressBytes];
        bytes.Clear();
        Prefix().CopyTo(bytes);
        ipv4.GetAddressBytes().CopyTo(bytes[^sizeof(uint)..]);
        return new IPAddress(bytes);
    }

    private static byte[] Prefix()
    {
        string machine = File.Exists(MachineIdFile) ? File.ReadAllText(MachineIdFile).Trim() : "";
        byte[] prefix = SHA256.HashData(Encoding.UTF8.GetBytes($"hearth {machine}"))[..PrefixBytes];
        prefix[0] = Local;
        return prefix;
    }
}
