using System.Globalization;

namespace Hearth.Containers;

/// <summary>An amount of bytes, 0 or more, read and written in the binary units that docker's flags use (1k = 1024).</summary>
public readonly record struct ByteSize(long Bytes)
{
    private const string Units = "kmgtp";

    private static readonly System.Buffers.SearchValues<char> NumberCharacters = System.Buffers.SearchValues.Create("0123456789.");

    /// <summary>Whole mebibytes, rounded up; of more than a number has, that number, which no host has either.</summary>
    public int Mebibytes => (int)Math.Min(int.MaxValue, (Bytes >> 20) + ((Bytes & ((1 << 20) - 1)) == 0 ? 0 : 1));

    public static ByteSize FromMebibytes(long mebibytes) => new(checked(mebibytes << 20));

    /// <summary>Reads <c>512m</c>, <c>2g</c>, <c>1.5G</c>, <c>64MiB</c>, <c>4096</c>.</summary>
    /// <returns>False for anything else, for negative sizes and for sizes beyond 2^63 bytes.</returns>
    public static bool TryParse(string text, out ByteSize size)
    {
        size = default;
        int digits = text.AsSpan().IndexOfAnyExcept(NumberCharacters);
        ReadOnlySpan<char> number = digits < 0 ? text : text.AsSpan(0, digits);
        if (!TryShift(digits < 0 ? "" : text[digits..].TrimStart(' '), out int shift) ||
            !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal amount))
        {
            return false;
        }

        decimal bytes = amount > long.MaxValue ? decimal.MaxValue : amount * (1L << shift);
        if (bytes > long.MaxValue)
        {
            return false;
        }

        size = new ByteSize((long)bytes);
        return true;
    }

    /// <summary>Formats the size, with one decimal from a kibibyte up: <c>20.3 GiB</c>, <c>512 B</c>.</summary>
    public override string ToString()
    {
        string[] names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        double amount = Bytes;
        int unit = 0;
        while (amount >= 1023.95 && unit < names.Length - 1)
        {
            amount /= 1024;
            unit++;
        }

        return unit == 0 ? $"{Bytes} B" : string.Create(CultureInfo.InvariantCulture, $"{amount:0.0} {names[unit]}");
    }

    /// <summary>The digits of docker's sums, such as the space that a prune reclaims; single sizes have three.</summary>
    public const int LongDigits = 4;

    /// <summary>Formats the size as docker's lists do, in decimal units: <c>0B</c>, <c>490MB</c>, <c>1.05GB</c>.</summary>
    /// <param name="digits">The most digits that count.</param>
    public string ToDecimal(int digits = 3)
    {
        string[] names = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        double amount = Bytes;
        int unit = 0;
        double least = 1000 - (0.5 * Math.Pow(10, 3 - digits));
        while (amount >= least && unit < names.Length - 1 && (unit > 0 || amount >= 1000))
        {
            amount /= 1000;
            unit++;
        }

        int whole = amount >= 100 ? 3 : amount >= 10 ? 2 : 1;
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(amount, Math.Max(0, digits - whole))}{names[unit]}");
    }

    private static bool TryShift(string suffix, out int shift)
    {
        shift = 0;
        if (suffix.Length == 0 || suffix.Equals("b", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        int unit = Units.IndexOf(char.ToLowerInvariant(suffix[0]), StringComparison.Ordinal);
        shift = (unit + 1) * 10;
        return unit >= 0 && suffix[1..].ToLowerInvariant() is "" or "b" or "ib";
    }
}
