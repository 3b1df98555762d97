using System.Text.RegularExpressions;
using Hearth.Cli.Tests.Support;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Linux.Processes;

namespace Hearth.Cli.Tests;

/// <summary>What help and documents name works: each value and each line is read as the program reads it, and every flag is bound.</summary>
public sealed partial class DocumentedValuesTests
{
    private static readonly Command hearth = Root("hearth");
    private static readonly Command oci = Root("hearth-oci");

    [Theory]
    [InlineData("hearth")]
    [InlineData("hearth-oci")]
    public void Every_word_of_a_choice_and_every_default_is_taken(string program)
    {
        Command root = program == "hearth" ? hearth : oci;
        (string Command, Flag Flag, string Value)[] values = [.. root.All.SelectMany(command => command.FlagGroups.SelectMany(group => group.Flags).SelectMany(flag => ValuesOf(flag).Select(value => (command.FullName, flag, value))))];

        Assert.Contains(values, value => value is { Flag.Name: "--log-format", Value: "json" });
        Assert.Empty(values.Select(value => Bind(root, [.. value.Command.Split(' ')[1..], $"{value.Flag.Name}={value.Value}"])).OfType<string>());
    }

    [Fact]
    public void The_choice_of_auto_is_the_choice_of_none()
    {
        Assert.Null(ValueOf<DiskImages.ImageFormat?>("run", "--rootfs-format", "auto"));
        Assert.Null(ValueOf<RootfsMode?>("run", "--rootfs-mode", "auto"));
        Assert.Equal(RootfsMode.Lazy, ValueOf<RootfsMode?>("run", "--rootfs-mode", "lazy"));
    }

    [Fact]
    public void Every_example_of_the_help_is_a_line_that_is_taken()
    {
        (string Line, string Meaning)[] examples = [.. hearth.All.Concat(oci.All).SelectMany(command => command.Examples)];

        Assert.NotEmpty(examples);
        Assert.Empty(examples.Select(example => BindLine(example.Line)).OfType<string>());
    }

    [Fact]
    public void Every_command_line_of_the_documents_is_taken()
    {
        string[] lines = [.. Documents().SelectMany(document => CodeLines(File.ReadAllText(document)))];

        Assert.NotEmpty(lines);
        Assert.Empty(lines.Select(BindLine).OfType<string>());
    }

    private static Command Root(string program)
    {
        var context = new CommandContext { Output = TextWriter.Null, Error = TextWriter.Null, Environment = HostEnvironment.Empty, Clock = new FixedClock(), StartTimestamp = 0 };
        return new HearthProgram(context, program).CreateRoot(word: null);
    }

    /// <summary>The words of a choice, and what the description says is the default, where that is one word.</summary>
    private static IEnumerable<string> ValuesOf(Flag flag)
    {
        if (flag.ValueName is not { } name)
        {
            return ["true", "false"];
        }

        IEnumerable<string> words = name.Contains('|', StringComparison.Ordinal) ? name.Split('|') : [];
        return words.Concat(Default().Matches(flag.Help).Select(match => match.Groups[1].Value));
    }

    /// <summary>The value that a command line gives a flag.</summary>
    private static T ValueOf<T>(params string[] words)
    {
        ParsedLine line = new LineParser(hearth).Parse(words);
        return line.GetValue((Flag<T>)line.Command.Flags.Single(flag => flag.Name == words[1]));
    }

    private static string? BindLine(string line)
    {
        string[] words = [.. Words().Matches(Shell().Replace(Substitution().Replace(line, "name"), "")).Select(match => match.Value.Trim('\'', '"'))];
        int program = Array.FindIndex(words, word => Path.GetFileName(word) is "hearth" or "hearth-oci");
        return program < 0 || words[0] is "podman" or "bash" or "source" ? null : Bind(Path.GetFileName(words[program]) == "hearth" ? hearth : oci, words[(program + 1)..]);
    }

    /// <summary>Reads a line, and the value of each of its flags.</summary>
    /// <returns>What is wrong; null where nothing is.</returns>
    private static string? Bind(Command root, string[] words)
    {
        try
        {
            ParsedLine line = new LineParser(root).Parse(words);
            foreach (Flag flag in line.Flags.Select(given => given.Flag))
            {
                flag.Check([.. line.Flags.Where(given => given.Flag == flag).Select(given => given.Value)]);
            }

            line.Check();
            return null;
        }
        catch (UsageException refused) when (refused.Message.EndsWith(" is missing", StringComparison.Ordinal))
        {
            return null;
        }
        catch (Exception refused)
        {
            return $"{string.Join(' ', words)}: {refused.Message}";
        }
    }

    private static IEnumerable<string> Documents()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at!.FullName, "Hearth.slnx")))
        {
            at = at.Parent;
        }

        return Directory.GetFiles(Path.Combine(at.FullName, "docs"), "*.md").Append(Path.Combine(at.FullName, "README.md"));
    }

    /// <summary>Lines of code blocks that call the program; those with something left out are patterns, not lines.</summary>
    private static IEnumerable<string> CodeLines(string document) =>
        from block in Block().Matches(document)
        from line in block.Groups[1].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        let text = line.TrimStart('$', '#', ' ')
        where Call().IsMatch(text) && !text.Contains("...", StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal) && !Pattern().IsMatch(text)
        select text;

    [GeneratedRegex(@"\(default ([^\s,;()$]+)\)")]
    private static partial Regex Default();

    [GeneratedRegex("""'[^']*'|"[^"]*"|[^\s'"]+""")]
    private static partial Regex Words();

    [GeneratedRegex(@"\$\([^)]*\)")]
    private static partial Regex Substitution();

    /// <summary>What a shell, and not the program, takes; and what documents say of a line beside it.</summary>
    [GeneratedRegex(@"\s{2,}.*$|\s(\||>|2>|<|&|#|;)\s?.*$|;.*$")]
    private static partial Regex Shell();

    [GeneratedRegex(@"^(\./|sudo )?hearth(-oci)? ")]
    private static partial Regex Call();

    [GeneratedRegex(@"\w\|\w|…")]
    private static partial Regex Pattern();

    [GeneratedRegex(@"```\w*\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
