using Hearth.Containers;
using Hearth.Distribution;

namespace Hearth.Images.Configuration.Changes;

/// <summary>A word of EXPOSE: <c>80</c>, <c>53/udp</c> or <c>8000-8010/tcp</c>.</summary>
internal static class ExposedPort
{
    /// <returns>One text for each port, with its protocol.</returns>
    /// <exception cref="ImageException">It is no port.</exception>
    public static IEnumerable<string> Parse(string word, Instruction instruction) =>
        PortMapping.TryExpand(word) ?? throw instruction.Wrong($"'{word}' is no port; write 80, 53/udp or 8000-8010/tcp");
}
