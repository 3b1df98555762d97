
namespace Hearth.CommandLine;

/// <summary>Writes a command's help: what it does, how it is called, its flags in groups, examples.</summary>
public static class HelpWriter
{
    private const int Indent = 2;
    private const int ColumnGap = 3;

    public static void Write(Command command, TextWriter output)
    {
        output.WriteLine(command.Summary);
        if (command.Details.Length > 0)
        {
            output.WriteLine();
            output.WriteLine(command.Details);
        }

        output.WriteLine();
        output.WriteLine($"Usage:  {command.FullName}{(command.Usage.Length > 0 ? " " : "")}{command.Usage}");
        WriteColumns(output, "Commands", [.. command.Commands.Select(sub => (sub.Name, sub.Summary))]);
        foreach ((string title, Flag[] flags) in command.FlagGroups)
        {
            WriteColumns(output, title, [.. flags.Where(flag => !flag.IsHidden).Select(flag => (Label(flag), flag.Help))]);
        }

        WriteExamples(command, output);
        if (command.Commands.Count > 0)
        {
            output.WriteLine();
            output.WriteLine($"Run '{command.FullName} COMMAND --help' for more on a command.");
        }
    }

    private static void WriteExamples(Command command, TextWriter output)
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

    /// <summary><c>-e, --env NAME[=VALUE]</c>; long forms are aligned.</summary>
    private static string Label(Flag flag) =>
        $"{(flag.ShortForm is null ? "    " : flag.ShortForm + ", ")}{flag.Name}{(flag.IsSwitch ? "" : $" {flag.ValueName}")}";
}
