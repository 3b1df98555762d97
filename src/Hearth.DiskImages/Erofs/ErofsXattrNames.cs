namespace Hearth.DiskImages.Erofs;

/// <summary>Attribute names, which are stored as a number for the prefix and the rest as bytes.</summary>
internal static class ErofsXattrNames
{
    private static readonly (byte Index, byte[] Prefix)[] prefixes =
    [
        (1, "user."u8.ToArray()),
        (2, "system.posix_acl_access"u8.ToArray()),
        (3, "system.posix_acl_default"u8.ToArray()),
        (4, "trusted."u8.ToArray()),
        (6, "security."u8.ToArray()),
    ];

    /// <summary>Finds the number and length of a name's prefix; false if the format has no prefix for the name.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> name, out byte index, out int prefixLength)
    {
        foreach ((byte number, byte[] prefix) in prefixes)
        {
            bool isWholeName = prefix[^1] != (byte)'.';
            if (isWholeName ? name.SequenceEqual(prefix) : name.StartsWith(prefix) && name.Length > prefix.Length)
            {
                (index, prefixLength) = (number, prefix.Length);
                return true;
            }
        }

        (index, prefixLength) = (0, 0);
        return false;
    }

    /// <summary>The whole name; null for a prefix that does not exist.</summary>
    public static byte[]? Join(byte index, ReadOnlySpan<byte> rest)
    {
        foreach ((byte number, byte[] prefix) in prefixes)
        {
            if (number == index)
            {
                return [.. prefix, .. rest];
            }
        }

        return null;
    }
}
