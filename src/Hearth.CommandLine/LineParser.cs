using Hearth.Templates;

namespace Hearth.CommandLine;

/// <summary>
/// Reads a command line by docker's rules: <c>-it</c> combined, <c>-eNAME=x</c>, <c>-e NAME=x</c>, <c>--tty=false</c>, a value
/// can begin with a dash, and flags of a command that runs another program end at the first argument.
/// </summary>
public sealed class LineParser(Command root)
{
    private readonly List<(Flag Flag, string Value)> flags = [];
    private readonly List<string> arguments = [];
    private readonly Queue<string> left = [];

    /// <summary>The command that the words read so far call.</summary>
    public Command Command { get; private set; } = root;

    /// <param name="words">The line without the program's name.</param>
    /// <exception cref="UsageException">An unknown command or flag, or a flag without its value; see <see cref="Command"/>.</exception>
    public ParsedLine Parse(IEnumerable<string> words)
    {
        foreach (string word in words)
        {
            left.Enqueue(word);
        }

        while (left.TryDequeue(out string? word))
        {
            Take(word);
        }

        return new ParsedLine(Command, flags, arguments);
    }

    private void Take(string word)
    {
        if (word == "--")
        {
            TakeAllAsArguments();
        }
        else if (word.StartsWith("--", StringComparison.Ordinal))
        {
            TakeLongFlag(word);
        }
        else if (word.Length > 1 && word[0] == '-')
        {
            TakeShortFlags(word);
        }
        else if (Command.Commands.Count > 0)
        {
            Command = Command.Commands.FirstOrDefault(known => known.Name == word) ?? throw new UsageException(
                $"'{word}' is not a {Command.FullName} command{Suggestion.For(word, Command.Commands.Select(known => known.Name))}");
        }
        else
        {
            TakeArgument(word);
        }
    }

    private void TakeArgument(string argument)
    {
        arguments.Add(argument);
        if (!Command.FlagsEndAtFirstArgument)
        {
            return;
        }

        // One "--" between the first argument and what it runs is allowed, and is not passed on.
        if (left.TryPeek(out string? next) && next == "--")
        {
            left.Dequeue();
        }

        TakeRest();
    }

    private void TakeAllAsArguments()
    {
        if (left.TryDequeue(out string? first))
        {
            TakeArgument(first);
            TakeRest();
        }
    }

    private void TakeRest()
    {
        arguments.AddRange(left);
        left.Clear();
    }

    private void TakeLongFlag(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        Flag flag = Command.Flags.FirstOrDefault(known => known.Name == name || known.Alias == name)
            ?? throw new UsageException($"unknown flag: {name}{Suggestion.For(name, Command.Flags.Select(known => known.Name))}");
        flags.Add((flag, equals >= 0 ? word[(equals + 1)..] : flag.IsSwitch ? "true" : TakeValue(name)));
    }

    private void TakeShortFlags(string word)
    {
        for (int i = 1; i < word.Length; i++)
        {
            Flag flag = Command.Flags.FirstOrDefault(known => known.ShortForm is [_, char letter] && letter == word[i])
                ?? throw new UsageException($"unknown shorthand flag: '{word[i]}' in {word}");
            string rest = word[(i + 1)..];
            if (flag.IsSwitch && !rest.StartsWith('='))
            {
                flags.Add((flag, "true"));
                continue;
            }

            flags.Add((flag, rest.Length == 0 ? TakeValue($"'{word[i]}' in {word}") : rest[0] == '=' ? rest[1..] : rest));
            return;
        }
    }

    private string TakeValue(string flag) => left.TryDequeue(out string? value) ? value : throw new UsageException($"flag needs an argument: {flag}");
}
