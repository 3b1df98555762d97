using System.Net;
using System.Net.Sockets;

namespace Hearth.Network;

/// <summary>Ranges of addresses without overlaps, as interval sets of nftables need them.</summary>
internal static class AddressRanges
{
    /// <summary>Joins what overlaps or touches.</summary>
    /// <returns>Ranges as nft writes them.</returns>
    public static IReadOnlyList<string> Merge(IEnumerable<IPNetwork> networks, AddressFamily family)
    {
        List<(UInt128 First, UInt128 Last)> merged = [];
        foreach ((UInt128 first, UInt128 last) in networks.Where(network => network.BaseAddress.AddressFamily == family).Select(RangeOf).Order())
        {
            if (merged.Count > 0 && (first <= merged[^1].Last || first == merged[^1].Last + 1))
            {
                merged[^1] = (merged[^1].First, UInt128.Max(last, merged[^1].Last));
            }
            else
            {
                merged.Add((first, last));
            }
        }

        return [.. merged.Select(range => range.First == range.Last ? TextOf(range.First, family) : $"{TextOf(range.First, family)}-{TextOf(range.Last, family)}")];
    }

    /// <summary>Whether a network lies within another.</summary>
    public static bool IsWithin(IPNetwork inner, IPNetwork outer) =>
        inner.BaseAddress.AddressFamily == outer.BaseAddress.AddressFamily && inner.PrefixLength >= outer.PrefixLength && outer.Contains(inner.BaseAddress);

    /// <summary>Whether two networks have an address in common.</summary>
    public static bool Overlap(IPNetwork one, IPNetwork other) => IsWithin(one, other) || IsWithin(other, one);

    private static (UInt128 First, UInt128 Last) RangeOf(IPNetwork network)
    {
        UInt128 first = 0;
        byte[] bytes = network.BaseAddress.GetAddressBytes();
        foreach (byte part in bytes)
        {
            first = (first << 8) | part;
        }

        int hostBits = (8 * bytes.Length) - network.PrefixLength;
        return (first, hostBits == 128 ? UInt128.MaxValue : first | ((UInt128.One << hostBits) - 1));
    }

    private static string TextOf(UInt128 number, AddressFamily family)
    {
        byte[] bytes = new byte[family == AddressFamily.InterNetwork ? 4 : 16];
        for (int index = bytes.Length - 1; index >= 0; index--, number >>= 8)
        {
            bytes[index] = (byte)number;
        }

        return new IPAddress(bytes).ToString();
    }
}
