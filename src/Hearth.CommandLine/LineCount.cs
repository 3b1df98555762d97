using System.Globalization;

namespace Hearth.CommandLine;

/// <summary>A number of lines, or all: "all" or, as with docker, a negative number.</summary>
/// <param name="Lines">Null for all.</param>
public sealed record LineCount(int? Lines)
{
    private static LineCount All { get; } = new((int?)null);

    /// <exception cref="FormatException">Neither.</exception>
    public static LineCount Parse(string text)
    {
        if (text == "all")
        {
            return All;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int lines)
            ? lines < 0 ? All : new LineCount(lines)
            : throw new FormatException("must be a number of lines, or all");
    }
}
