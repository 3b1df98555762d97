using System.Net;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <summary>Hardware addresses of 6 bytes.</summary>
internal static class Hardware
{
    private const byte LocallyAdministered = 0x02;
    private const int AddressBytes = 6;

    /// <summary>The address that follows from an IPv4 address.</summary>
    public static byte[] AddressOf(IPAddress ipv4) => [LocallyAdministered, (byte)'h', .. ipv4.GetAddressBytes()];

    /// <summary>An address as it is written.</summary>
    public static string TextOf(IEnumerable<byte> hardware) => string.Join(':', hardware.Select(part => part.ToString("x2", null)));

    /// <summary>Whether an interface is a bridge with an address of the form of ours.</summary>
    public static bool IsBridgeOfOurs(LinkInfo link) => link is { Kind: "bridge", Address: [LocallyAdministered, (byte)'h', _, _, _, _] };

    /// <summary>The link-local IPv6 address that the kernel derives: RFC 4291, appendix A.</summary>
    public static IPAddress LinkLocalOf(IReadOnlyList<byte> hardware) => new(
        (byte[])[0xfe, 0x80, 0, 0, 0, 0, 0, 0, (byte)(hardware[0] ^ LocallyAdministered), hardware[1], hardware[2], 0xff, 0xfe, hardware[3], hardware[4], hardware[5]]);

    /// <exception cref="NetworkException">It is not a unicast address of 6 bytes.</exception>
    public static void Check(IReadOnlyList<byte> hardware)
    {
        if (hardware.Count != AddressBytes || (hardware[0] & 1) != 0 || hardware.All(part => part == 0))
        {
            throw new NetworkException(
                NetworkError.InvalidRequest, $"cannot use the hardware address '{TextOf(hardware)}': it is not a unicast address of 6 bytes");
        }
    }
}
