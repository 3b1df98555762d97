using System.CommandLine;

namespace Hearth.Cli.CommandLine;

/// <summary>A command with what its help shows beyond the library's own: a usage line, flags in groups, examples.</summary>
internal sealed class HearthCommand(string name, string summary) : Command(name, summary)
{
    private readonly List<(string Title, Option[] Flags)> groups = [];
    private HearthCommand? parent;

    /// <summary>What follows the command's name in its usage line.</summary>
    public string Usage { get; init; } = "";

    /// <summary>Paragraphs beneath the summary, lines already broken.</summary>
    public string Details { get; init; } = "";

    /// <summary>Command lines and what each does.</summary>
    public IReadOnlyList<(string Line, string Meaning)> Examples { get; init; } = [];

    /// <summary>True where all behind the first argument belongs to another program, as with <c>docker run</c>.</summary>
    public bool FlagsEndAtFirstArgument { get; init; }

    /// <summary>The words that call it: <c>hearth rootfs plan</c>.</summary>
    public string FullName => parent is null ? Name : $"{parent.FullName} {Name}";

    public IReadOnlyList<(string Title, Option[] Flags)> FlagGroups => groups;

    /// <summary>The flags that hold here: its own, and its parents' recursive ones.</summary>
    public IEnumerable<Option> EffectiveFlags =>
        Options.Concat(parent?.EffectiveFlags.Where(flag => flag.Recursive) ?? []);

    public HearthCommand WithFlags(string title, params Option[] flags)
    {
        groups.Add((title, flags));
        foreach (Option flag in flags)
        {
            Options.Add(flag);
        }

        return this;
    }

    public HearthCommand WithCommands(params HearthCommand[] commands)
    {
        foreach (HearthCommand command in commands)
        {
            command.parent = this;
            Subcommands.Add(command);
        }

        return this;
    }
}
