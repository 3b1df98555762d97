using System.CommandLine;

namespace Hearth.Cli.CommandLine;

/// <summary>
/// Reads a command line by docker's habits and writes it anew so that the parsing library cannot read it otherwise:
/// command words, then each flag as <c>--name=value</c>, then <c>--</c>, then the arguments.
/// Docker's habits: <c>-it</c> combined, <c>-eNAME=x</c>, <c>-e NAME=x</c>, <c>--tty=false</c>, a value may begin with
/// a dash, and where a command runs another program, flags end at the first argument.
/// </summary>
internal sealed class FlagScanner
{
    private readonly List<string> words = [];
    private readonly List<string> flags = [];
    private readonly List<string> arguments = [];
    private readonly Queue<string> left;
    private HearthCommand command;

    private FlagScanner(HearthCommand root, IEnumerable<string> line)
    {
        command = root;
        left = new Queue<string>(line);
    }

    /// <exception cref="UsageException">An unknown command or flag, or a flag without its value.</exception>
    public static ScannedLine Scan(HearthCommand root, IEnumerable<string> line)
    {
        var scanner = new FlagScanner(root, line);
        scanner.ScanAll();
        string[] normal = [.. scanner.words, .. scanner.flags, .. scanner.arguments.Count > 0 ? ["--"] : Array.Empty<string>(), .. scanner.arguments];
        return new ScannedLine(scanner.command, normal, scanner.arguments);
    }

    private void ScanAll()
    {
        while (left.TryDequeue(out string? token))
        {
            if (token == "--")
            {
                TakeAllAsArguments();
            }
            else if (token.StartsWith("--", StringComparison.Ordinal))
            {
                TakeLongFlag(token);
            }
            else if (token.Length > 1 && token[0] == '-')
            {
                TakeShortFlags(token);
            }
            else if (command.Subcommands.Count > 0)
            {
                TakeCommandWord(token);
            }
            else
            {
                TakeArgument(token);
            }
        }
    }

    private void TakeCommandWord(string word)
    {
        command = command.Subcommands.OfType<HearthCommand>().FirstOrDefault(known => known.Name == word)
            ?? throw new UsageException(command.FullName, $"'{word}' is not a {command.FullName} command" +
                Suggestion.For(word, command.Subcommands.Select(known => known.Name)));
        words.Add(word);
    }

    private void TakeArgument(string argument)
    {
        arguments.Add(argument);
        if (!command.FlagsEndAtFirstArgument)
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
        while (left.TryDequeue(out string? token))
        {
            arguments.Add(token);
        }
    }

    private void TakeLongFlag(string token)
    {
        int equals = token.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? token : token[..equals];
        Option flag = Find(name) ?? throw new UsageException(command.FullName, $"unknown flag: {name}" +
            Suggestion.For(name, command.EffectiveFlags.Select(known => known.Name)));
        if (equals >= 0)
        {
            Add(flag, token[(equals + 1)..]);
        }
        else if (IsSwitch(flag))
        {
            flags.Add(flag.Name);
        }
        else
        {
            Add(flag, left.TryDequeue(out string? value)
                ? value
                : throw new UsageException(command.FullName, $"flag needs an argument: {name}"));
        }
    }

    private void TakeShortFlags(string token)
    {
        for (int i = 1; i < token.Length; i++)
        {
            Option flag = Find($"-{token[i]}") ?? throw new UsageException(command.FullName, $"unknown shorthand flag: '{token[i]}' in {token}");
            string rest = token[(i + 1)..];
            if (IsSwitch(flag) && !rest.StartsWith('='))
            {
                flags.Add(flag.Name);
                continue;
            }

            if (rest.Length > 0)
            {
                Add(flag, rest[0] == '=' ? rest[1..] : rest);
            }
            else
            {
                Add(flag, left.TryDequeue(out string? value)
                    ? value
                    : throw new UsageException(command.FullName, $"flag needs an argument: '{token[i]}' in {token}"));
            }

            return;
        }
    }

    /// <summary>The library takes <c>--flag=</c> for a flag without a value, and a word of its own for an empty one.</summary>
    private void Add(Option flag, string value) => flags.AddRange(value.Length == 0 ? [flag.Name, ""] : [$"{flag.Name}={value}"]);

    private Option? Find(string name) => command.EffectiveFlags.FirstOrDefault(flag => flag.Name == name || flag.Aliases.Contains(name));

    private static bool IsSwitch(Option flag) => flag.ValueType == typeof(bool) || flag.Arity.MaximumNumberOfValues == 0;
}

/// <summary>A command line as <see cref="FlagScanner"/> writes it, and the command that it calls.</summary>
internal sealed record ScannedLine(HearthCommand Command, string[] Tokens, IReadOnlyList<string> Arguments)
{
    /// <exception cref="UsageException">An argument that the command needs is missing, or one that it does not take is there.</exception>
    public void CheckArguments()
    {
        int taken = 0;
        foreach (Argument argument in Command.Arguments)
        {
            if (Arguments.Count < taken + argument.Arity.MinimumNumberOfValues)
            {
                throw new UsageException(Command.FullName, $"{argument.Name} is missing");
            }

            taken += Math.Min(Arguments.Count - taken, argument.Arity.MaximumNumberOfValues);
        }

        if (taken < Arguments.Count)
        {
            throw new UsageException(Command.FullName, $"unexpected argument '{Arguments[taken]}'");
        }
    }
}
