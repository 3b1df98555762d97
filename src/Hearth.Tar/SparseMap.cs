using System.Globalization;
using System.Text;

namespace Hearth.Tar;

/// <summary>
/// Where the stored bytes of a sparse file belong. GNU tar has four forms (tar's manual, "Storing Sparse Files"): a map in the
/// header and in blocks behind it (typeflag S), repeated pax records (0.0), one pax record (0.1), and text before the data
/// (1.0).
/// </summary>
internal static class SparseMap
{
    /// <summary>In a header of typeflag S: four pairs, then whether blocks with more follow, then the file's size.</summary>
    internal const int MapOffset = 386;
    internal const int PairsInHeader = 4;
    internal const int MoreOffset = 482;
    internal const int SizeOffset = 483;

    /// <summary>In a block behind it: 21 pairs, then whether another block follows.</summary>
    internal const int PairsInBlock = 21;
    internal const int MoreOffsetInBlock = 504;

    /// <summary>A pair is two numbers of twelve bytes.</summary>
    internal const int PairBytes = 2 * NumberBytes;

    private const int NumberBytes = 12;

    /// <summary>Limits memory; a file of a terabyte with a hole after every mebibyte has as many.</summary>
    private const int MostExtents = 1 << 20;

    /// <summary>Adds the pairs of a header or block; an empty one ends them.</summary>
    internal static void AddPairs(List<SparseExtent> map, ReadOnlySpan<byte> pairs, string name)
    {
        for (; pairs.Length >= PairBytes && pairs[0] != 0; pairs = pairs[PairBytes..])
        {
            Add(map, TarHeader.ReadNumber(pairs[..NumberBytes]), TarHeader.ReadNumber(pairs[NumberBytes..PairBytes]), name);
        }
    }

    /// <summary>Reads a map of decimal numbers: offset and length by turns.</summary>
    internal static List<SparseExtent> Parse(string text, string name)
    {
        string[] numbers = text.Length == 0 ? [] : text.Split(',');
        List<SparseExtent> map = [];
        for (int i = 0; i + 1 < numbers.Length; i += 2)
        {
            Add(map, Number(numbers[i], name), Number(numbers[i + 1], name), name);
        }

        return numbers.Length % 2 == 0 ? map : throw Malformed(name, "an offset has no length");
    }

    /// <summary>Reads the map before the data: the number of pairs, then their numbers, one a line.</summary>
    internal static List<SparseExtent> ReadLines(Func<long> nextNumber, string name)
    {
        long count = nextNumber();
        if (count is < 0 or > MostExtents)
        {
            throw Malformed(name, $"it has {count} parts, and at most {MostExtents} are supported");
        }

        List<SparseExtent> map = [];
        for (long i = 0; i < count; i++)
        {
            Add(map, nextNumber(), nextNumber(), name);
        }

        return map;
    }

    /// <summary>Composes the map before the data, padded to whole blocks. As with GNU tar, an empty part at the end ends a file with a hole there.</summary>
    internal static byte[] ComposeLines(IReadOnlyList<SparseExtent> map, long sizeInBytes)
    {
        bool endsInHole = map.Count == 0 || map[^1].Offset + map[^1].Length < sizeInBytes;
        IReadOnlyList<SparseExtent> parts = endsInHole ? [.. map, new SparseExtent(sizeInBytes, 0)] : map;
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{parts.Count}\n");
        foreach (SparseExtent part in parts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{part.Offset}\n{part.Length}\n");
        }

        text.Append('\0', -text.Length & (TarHeader.BlockBytes - 1));
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>The bytes of data of a map.</summary>
    internal static long DataBytes(IReadOnlyList<SparseExtent> map)
    {
        long sum = 0;
        foreach (SparseExtent part in map)
        {
            sum += part.Length;
        }

        return sum;
    }

    /// <summary>Checks that the parts are ascending, within the file, and together as long as the stored data.</summary>
    internal static IReadOnlyList<SparseExtent> Check(List<SparseExtent> map, long sizeInBytes, long storedBytes, string name)
    {
        long end = 0;
        long sum = 0;
        foreach (SparseExtent part in map)
        {
            if (part.Offset < end || part.Length < 0 || part.Length > sizeInBytes - part.Offset)
            {
                throw Malformed(name, $"the part of {part.Length} bytes at {part.Offset} overlaps another, or exceeds the file's {sizeInBytes} bytes");
            }

            end = part.Offset + part.Length;
            sum += part.Length;
        }

        map.RemoveAll(part => part.Length == 0);
        return sum == storedBytes ? map : throw Malformed(name, $"its parts have {sum} bytes, and {storedBytes} are stored");
    }

    internal static ArchiveException Malformed(string name, string cause) => new(TarError.Refused, $"{name}: its map of a sparse file is malformed: {cause}");

    internal static long Number(string text, string name) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
        ? number
        : throw Malformed(name, $"'{text}' is not a number");

    private static void Add(List<SparseExtent> map, long offset, long length, string name)
    {
        if (map.Count == MostExtents)
        {
            throw Malformed(name, $"it has more than {MostExtents} parts");
        }

        map.Add(new SparseExtent(offset, length));
    }
}
