using System.Globalization;
using Hearth.Distribution;

namespace Hearth.Images.Configuration.Changes;

/// <summary>A word of EXPOSE: <c>80</c>, <c>53/udp</c> or <c>8000-8010/tcp</c>.</summary>
internal static class ExposedPort
{
    private static readonly string[] protocols = ["tcp", "udp", "sctp"];

    /// <returns>One text for each port, with its protocol.</returns>
    /// <exception cref="ImageException">It is no port.</exception>
    public static IEnumerable<string> Parse(string word, Instruction instruction)
    {
        string[] parts = word.Split('/');
        string[] ends = parts[0].Split('-');
        string protocol = parts.Length > 1 ? parts[1].ToLowerInvariant() : "tcp";
        bool isValid = parts.Length <= 2 && ends.Length <= 2 && protocols.Contains(protocol);
        int first = isValid ? Number(ends[0]) : 0;
        int last = isValid ? Number(ends[^1]) : 0;
        return first > 0 && last >= first
            ? Enumerable.Range(first, last - first + 1).Select(port => $"{port}/{protocol}")
            : throw instruction.Wrong($"'{word}' is no port; write 80, 53/udp or 8000-8010/tcp");
    }

    private static int Number(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) ? number : 0;
}
