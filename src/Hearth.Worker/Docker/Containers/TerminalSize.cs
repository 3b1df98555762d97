using Hearth.Containers.Specification;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's <c>ConsoleSize</c>: a list of height and width.</summary>
internal static class TerminalSize
{
    /// <returns>Null if it is not given, or 0.</returns>
    /// <exception cref="FormatException">It is something else.</exception>
    public static ConsoleSizeSpec? Read(IReadOnlyList<int>? size) => size switch
    {
        null or [] or [0, 0] => null,
        [>= 0 and <= ushort.MaxValue and var height, >= 0 and <= ushort.MaxValue and var width] => new ConsoleSizeSpec((ushort)height, (ushort)width),
        _ => throw new FormatException($"invalid ConsoleSize [{string.Join(", ", size)}]: it must be a height and a width, from 0 to {ushort.MaxValue}"),
    };
}
