namespace Hearth.DiskImages.SquashFs;

/// <summary>The attribute namespaces that the format supports, by number; names are stored without them.</summary>
internal static class SquashFsXattrNames
{
    private static readonly byte[][] prefixes = ["user."u8.ToArray(), "trusted."u8.ToArray(), "security."u8.ToArray()];

    public static bool TrySplit(ReadOnlySpan<byte> name, out ushort type, out int prefixLength)
    {
        for (type = 0; type < prefixes.Length; type++)
        {
            prefixLength = prefixes[type].Length;
            if (name.StartsWith(prefixes[type]) && name.Length > prefixLength)
            {
                return true;
            }
        }

        prefixLength = 0;
        return false;
    }

    /// <summary>The full name, or null for a type that does not exist.</summary>
    public static byte[]? Join(int type, ReadOnlySpan<byte> rest) => type < prefixes.Length ? [.. prefixes[type], .. rest] : null;
}
