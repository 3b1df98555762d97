using Hearth.CommandLine;
using Hearth.Containers.Specification;

namespace Hearth.Cli.Commands;

/// <summary>Flags of <c>run</c> and <c>create</c> for the container's first process that <c>exec</c> does not have; docker's names.</summary>
internal sealed class ProcessFlags
{
    private const int MostCreationMask = 0x1ff; // 0777

    private readonly Flag<string?> entrypoint = Flag.Text("--entrypoint", "COMMAND", "run COMMAND, with the given words as its arguments; replaces the\nentrypoint and command of an image");

    private readonly Flag<string[]> groups = Flag.List("--group-add", "GROUP", "add a group, by name or number");

    private readonly Flag<string[]> limits = Flag.List("--ulimit", "NAME=SOFT[:HARD]", "resource limit, such as nofile=1024:2048; -1 for none");

    private readonly Flag<string?> umask = Flag.Text("--umask", "MASK", "file mode creation mask, in octal (default 0022)");

    public Flag<bool> Init { get; } = Flag.Switch("--init", "run the command as the child of a process 1 that forwards signals\nand reaps orphans");

    public Flag[] All => [entrypoint, groups, limits, umask, Init];

    /// <summary>Those for which a bundle's config.json has members.</summary>
    public Flag[] OfDescription => [entrypoint, groups, limits, umask];

    /// <summary>What replaces an image's entrypoint; null if nothing does.</summary>
    public IReadOnlyList<string>? ReadEntrypoint(ParsedLine line) => line.GetValue(entrypoint) switch
    {
        null => null,
        "" => [],
        { } command => [command],
    };

    /// <summary>The command's words, after those of --entrypoint.</summary>
    /// <exception cref="FormatException">There is no command.</exception>
    public IReadOnlyList<string> ReadArguments(ParsedLine line, IReadOnlyList<string> words)
    {
        string[] arguments = line.GetValue(entrypoint) is { Length: > 0 } first ? [first, .. words] : [.. words];
        return arguments.Length > 0 ? arguments : throw new FormatException("no command given: name one to run in the directory, such as /bin/sh");
    }

    /// <exception cref="FormatException">A value is invalid.</exception>
    public ProcessSpec Apply(ParsedLine line, ProcessSpec process) => process with
    {
        User = process.User with
        {
            AdditionalGroups = [.. line.GetValue(groups).Select(CheckedGroup)],
            Umask = line.GetValue(umask) is { } mask ? ParseMask(mask) : null,
        },
        Rlimits = [.. line.GetValue(limits).Select(UlimitFlag.Parse).GroupBy(limit => limit.Type).Select(given => given.Last())],
    };

    private static string CheckedGroup(string group) => group.Length > 0 && !group.Contains(':', StringComparison.Ordinal)
        ? group
        : throw new FormatException($"invalid group '{group}': give a name or a number");

    private static uint ParseMask(string text) =>
        text.Length is > 0 and <= 5 && text.All(digit => digit is >= '0' and <= '7') && Convert.ToUInt32(text, 8) is <= MostCreationMask and uint mask
            ? mask
            : throw new FormatException($"invalid umask '{text}': give an octal number such as 0027");
}
