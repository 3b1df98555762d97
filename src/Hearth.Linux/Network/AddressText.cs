using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Hearth.Linux.Network;

/// <summary>Addresses as text, without the runtime's IPAddress, which costs init a good part of its size.</summary>
public static class AddressText
{
    private const int Ipv4Bytes = 4;
    private const int Ipv6Groups = 8;

    /// <summary>The usual form: dotted for IPv4, that of RFC 5952 for IPv6 (but IPv4-mapped addresses are not dotted).</summary>
    /// <param name="address">4 or 16 bytes in network byte order.</param>
    public static string Format(ReadOnlySpan<byte> address) => address.Length == Ipv4Bytes
        ? string.Create(CultureInfo.InvariantCulture, $"{address[0]}.{address[1]}.{address[2]}.{address[3]}")
        : FormatIpv6(address);

    private static string FormatIpv6(ReadOnlySpan<byte> address)
    {
        (int gap, int gapLength) = FindLongestZeros(address);
        StringBuilder text = new();
        for (int group = 0; group < Ipv6Groups; group++)
        {
            if (group == gap)
            {
                text.Append("::");
                group += gapLength - 1;
                continue;
            }

            if (text.Length > 0 && text[^1] != ':')
            {
                text.Append(':');
            }

            text.Append(Group(address, group).ToString("x", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    /// <returns>The first of the longest runs of zeros; -1 if no run has two groups.</returns>
    private static (int Start, int Length) FindLongestZeros(ReadOnlySpan<byte> address)
    {
        (int Start, int Length) longest = (-1, 1);
        int length = 0;
        for (int group = 0; group < Ipv6Groups; group++)
        {
            length = Group(address, group) == 0 ? length + 1 : 0;
            if (length > longest.Length)
            {
                longest = (group - length + 1, length);
            }
        }

        return longest;
    }

    private static ushort Group(ReadOnlySpan<byte> address, int group) => BinaryPrimitives.ReadUInt16BigEndian(address[(group * sizeof(ushort))..]);
}
