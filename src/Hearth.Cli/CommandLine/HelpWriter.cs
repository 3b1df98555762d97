using System.CommandLine;

namespace Hearth.Cli.CommandLine;

/// <summary>Writes a command's help: what it does, how it is called, its flags in groups, examples.</summary>
internal static class HelpWriter
{
    private const int Indent = 2;
    private const int ColumnGap = 3;

    public static void Write(HearthCommand command, TextWriter output)
    {
        output.WriteLine(command.Description);
        if (command.Details.Length > 0)
        {
            output.WriteLine();
            output.WriteLine(command.Details);
        }

        output.WriteLine();
        output.WriteLine($"Usage:  {command.FullName}{(command.Usage.Length > 0 ? " " : "")}{command.Usage}");
        WriteColumns(output, "Commands", [.. command.Subcommands.Select(sub => (sub.Name, sub.Description ?? ""))]);
        foreach ((string title, Option[] flags) in command.FlagGroups)
        {
            WriteColumns(output, title, [.. flags.Where(flag => !flag.Hidden).Select(flag => (Label(flag), flag.Description ?? ""))]);
        }

        WriteExamples(command, output);
        if (command.Subcommands.Count > 0)
        {
            output.WriteLine();
            output.WriteLine($"Run '{command.FullName} COMMAND --help' for more on a command.");
        }
    }

    private static void WriteExamples(HearthCommand command, TextWriter output)
    {
        if (command.Examples.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine("Examples:");
        foreach ((string line, string meaning) in command.Examples)
        {
            output.WriteLine($"  # {meaning}");
            output.WriteLine($"  {line}");
        }
    }

    private static void WriteColumns(TextWriter output, string title, IReadOnlyList<(string Label, string Text)> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine($"{title}:");
        int width = rows.Max(row => row.Label.Length) + ColumnGap;
        foreach ((string label, string text) in rows)
        {
            string[] lines = text.Split('\n');
            output.WriteLine($"{new string(' ', Indent)}{label.PadRight(width)}{lines[0]}");
            foreach (string line in lines.Skip(1))
            {
                output.WriteLine($"{new string(' ', Indent + width)}{line}");
            }
        }
    }

    /// <summary><c>-e, --env NAME[=VALUE]</c>; flags without a short form stand beneath the long ones of the others.</summary>
    private static string Label(Option flag)
    {
        string? shortForm = flag.Aliases.FirstOrDefault(alias => alias.Length == 2);
        string value = flag.HelpName is null ? "" : $" {flag.HelpName}";
        return $"{(shortForm is null ? "    " : shortForm + ", ")}{flag.Name}{value}";
    }
}
