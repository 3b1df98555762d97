namespace Hearth.CommandLine;

/// <summary>A command: its words, flags and arguments, what it does, and what help shows of it.</summary>
public sealed class Command(string name, string summary)
{
    private readonly List<(string Title, Flag[] Flags)> groups = [];
    private readonly List<Command> commands = [];
    private readonly List<Argument> arguments = [];
    private Command? parent;

    public string Name { get; } = name;

    /// <summary>One line.</summary>
    public string Summary { get; } = summary;

    /// <summary>What follows the command's name in its usage line.</summary>
    public string Usage { get; init; } = "";

    /// <summary>Paragraphs below the summary, with line breaks.</summary>
    public string Details { get; init; } = "";

    /// <summary>Command lines and what each does.</summary>
    public IReadOnlyList<(string Line, string Meaning)> Examples { get; init; } = [];

    /// <summary>Whether everything after the first argument belongs to another program, as with <c>docker run</c>.</summary>
    public bool FlagsEndAtFirstArgument { get; init; }

    /// <summary>The words that call it: <c>hearth rootfs plan</c>.</summary>
    public string FullName => parent is null ? Name : $"{parent.FullName} {Name}";

    public IReadOnlyList<(string Title, Flag[] Flags)> FlagGroups => groups;

    /// <summary>Its subcommands.</summary>
    public IReadOnlyList<Command> Commands => commands;

    /// <summary>In order.</summary>
    public IReadOnlyList<Argument> Arguments => arguments;

    /// <summary>The command itself, its subcommands and theirs.</summary>
    public IEnumerable<Command> All => commands.SelectMany(command => command.All).Prepend(this);

    /// <summary>The flags that it takes: its own, and those that it inherits.</summary>
    public IEnumerable<Flag> Flags => groups.SelectMany(group => group.Flags).Concat(parent?.Flags.Where(flag => flag.IsInherited) ?? []);

    public IEnumerable<Flag> ShownFlags => Flags.Where(flag => !flag.IsHidden);

    /// <summary>Does what the command is for and returns its exit code; null for a command that only has subcommands.</summary>
    public Func<ParsedLine, CancellationToken, Task<int>>? Action { get; private set; }

    public Command WithFlags(string title, params Flag[] flags)
    {
        groups.Add((title, flags));
        return this;
    }

    public Command WithArguments(params Argument[] more)
    {
        arguments.AddRange(more);
        return this;
    }

    public Command WithCommands(params Command[] more)
    {
        foreach (Command command in more)
        {
            command.parent = this;
            commands.Add(command);
        }

        return this;
    }

    public Command WithAction(Func<ParsedLine, CancellationToken, Task<int>> action)
    {
        Action = action;
        return this;
    }

    public Command WithAction(Func<ParsedLine, Task<int>> action) => WithAction((line, _) => action(line));

    public Command WithAction(Func<ParsedLine, int> action) => WithAction((line, _) => Task.FromResult(action(line)));

    /// <summary>For an action that succeeds or throws.</summary>
    public Command WithAction(Action<ParsedLine> action) => WithAction((line, _) =>
    {
        action(line);
        return Task.FromResult(0);
    });
}
