using System.Text.RegularExpressions;
using Hearth.Cli.Oci;
using Hearth.Cli.Tests.Support;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.OciRuntime;

namespace Hearth.Cli.Tests;

/// <summary>docs/cli.md names every command and no other, only flags that exist, and the exit codes that commands have.</summary>
public sealed partial class CommandPageTests : IDisposable
{
    /// <summary>Flags of other programs on the page.</summary>
    private static readonly string[] foreignFlags = ["--direct-io", "--help"];

    /// <summary>Commands that fail only for reasons that a test of the command line cannot cause.</summary>
    private static readonly string[] unprovoked = ["ps", "system", "doctor"];

    /// <summary>For each command of the page a line that fails.</summary>
    private static readonly Dictionary<string, string> failing = new(StringComparer.Ordinal)
    {
        ["run"] = "run /nonexistent true", ["start -a"] = "start -a none", ["attach"] = "attach none", ["exec"] = "exec none true",
        ["create"] = "create /nonexistent/.. true", ["port"] = "port none", ["top"] = "top none", ["stats"] = "stats --no-stream none", ["cp"] = "cp none:/a .", ["diff"] = "diff none", ["export"] = "export none", ["commit"] = "commit none", ["rename"] = "rename none other",
        ["start"] = "start none", ["stop"] = "stop none", ["restart"] = "restart none", ["kill"] = "kill none", ["pause"] = "pause none", ["unpause"] = "unpause none",
        ["update"] = "update -m 1g none", ["rm"] = "rm none", ["wait"] = "wait none", ["inspect"] = "inspect none",
        ["logs"] = "logs none", ["events"] = "events --until 0s", ["volume"] = "volume rm none", ["network"] = "network rm none", ["kernel"] = "kernel rm none", ["cache"] = "cache ls",
        ["context"] = "context rm none",
        ["worker"] = "worker rollout-check --old unix:///nowhere/sock --new unix:///nowhere/sock",
        ["pull"] = "pull a:b:c", ["push"] = "push none", ["images"] = "images", ["rmi"] = "rmi none", ["tag"] = "tag none other", ["history"] = "history none", ["save"] = "save none", ["load"] = "load -i none", ["import"] = "import none", ["image"] = "image inspect none",
        ["login"] = "login a/b/c -u u -p p", ["logout"] = "logout",
        ["rootfs"] = "rootfs plan /nonexistent", ["completion"] = "completion bash", ["oci"] = "oci state none", ["hearth-oci"] = "state none",
    };

    private static readonly string page = File.ReadAllText(Path.Combine(Checkout(), "docs", "cli.md"));
    private readonly Command root = new HearthProgram(Context(TextWriter.Null)).CreateRoot(word: null);
    private readonly string place = Directory.CreateTempSubdirectory("hearth-cli-").FullName;

    public void Dispose() => Directory.Delete(place, recursive: true);

    [Fact]
    public void The_topics_name_every_command_and_no_other()
    {
        string[] prose = ["with", "subcommands", "and", "also", "as", "hearth", "hearth-oci"];
        IEnumerable<string> named = Rows("topic", "commands").SelectMany(row => Word().Matches(Link().Replace(row[1], "")).Select(match => match.Value)).Except(prose);

        Assert.Equal(root.Commands.Select(command => command.Name).Order(), named.Order());
    }

    [Fact]
    public void Every_flag_of_the_page_exists()
    {
        HashSet<string> known = [.. root.All.SelectMany(command => command.Flags).Select(flag => flag.Name), .. foreignFlags];

        Assert.Empty(LongFlag().Matches(page).Select(match => match.Value).Where(flag => !known.Contains(flag)).Distinct());
    }

    [Fact]
    public void The_table_of_variables_has_every_flag_with_one_and_its_default()
    {
        Flag[] withVariable = [.. root.All.SelectMany(command => command.Flags).DistinctBy(flag => flag.Name).Where(flag => flag.Help.Contains("$HEARTH_", StringComparison.Ordinal))];
        string[][] rows = [.. Rows("flag", "variable").Where(row => row[0].Length > 0)];

        Assert.Equal(withVariable.Select(flag => flag.Name).Order(), rows.Select(row => row[0].Trim('`')).Order());
        Assert.All(rows, row =>
        {
            string help = withVariable.Single(flag => flag.Name == row[0].Trim('`')).HelpInOneLine;
            string text = row[2].Trim('`');
            Assert.Contains($"${row[1].Trim('`')}", help, StringComparison.Ordinal);
            Assert.Contains(ByteSize.TryParse(text, out ByteSize size) ? $"{size}" : text, help, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_codes_of_failures_are_dockers()
    {
        int[] codes = [.. Rows("code", "meaning").Select(row => int.Parse(row[0].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))];

        Assert.Equal([ExitCodes.OwnFailure, ExitCodes.CommandNotExecutable, ExitCodes.CommandNotFound, ExitCodes.SignalBase], codes);
    }

    [Fact]
    public void The_exit_codes_cover_every_command()
    {
        IEnumerable<string> named = Failures().Select(failure => failure.Command.Split(' ')[0]).Distinct().Except([OciCommands.ProgramName]);

        Assert.Equal(root.Commands.Select(command => command.Name).Order(), named.Order());
    }

    [Fact]
    public async Task Each_command_fails_with_the_code_of_the_page()
    {
        (string Command, int Code)[] stated = [.. Failures().Where(failure => !unprovoked.Contains(failure.Command))];
        List<(string Command, int Code)> found = [];
        foreach ((string command, _) in stated)
        {
            found.Add((command, await RunAsync(command, failing[command].Split(' '))));
        }

        Assert.Equal(stated, found);
    }

    [Fact]
    public async Task Wrong_lines_and_processes_that_cannot_start_have_the_codes_of_the_page()
    {
        foreach (string command in root.Commands.Select(command => command.Name))
        {
            Assert.Equal((command, command == "oci" ? 1 : ExitCodes.OwnFailure), (command, await RunAsync(command, [command, "--nonsense"])));
        }

        Assert.Equal(EngineRuntime.NotStarted, await RunAsync("oci", ["oci", "exec", "none", "true"]));
        Assert.Contains($"`exec` {EngineRuntime.NotStarted} if the process cannot start", page, StringComparison.Ordinal);
        Assert.Contains("Every command exits with 125 if its command line is wrong", page, StringComparison.Ordinal);
        Assert.Contains("| `oci`, `hearth-oci` | 1, also for a wrong command line", page, StringComparison.Ordinal);
    }

    /// <summary>Each command of the page's exit codes, and its code for a failure of Hearth itself.</summary>
    private static IEnumerable<(string Command, int Code)> Failures()
    {
        string asDocker = page.Split('\n').Single(line => line.EndsWith("exit with the command's code, or:", StringComparison.Ordinal));
        return Code().Matches(asDocker).Select(match => (match.Groups[1].Value, ExitCodes.OwnFailure)).Concat(
            from row in Rows("command", "failure")
            from command in Code().Matches(row[0])
            select (command.Groups[1].Value, int.Parse(Number().Match(row[1]).Value, System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>The cells of a table of the page.</summary>
    private static IEnumerable<string[]> Rows(params string[] headings) => page
        .Split('\n')
        .SkipWhile(line => !line.StartsWith($"| {string.Join(" | ", headings)} |", StringComparison.Ordinal))
        .Skip(2)
        .TakeWhile(line => line.StartsWith('|'))
        .Select(line => line.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray());

    /// <summary>Runs a line whose output nobody takes and whose run directory cannot be made.</summary>
    private async Task<int> RunAsync(string command, string[] words)
    {
        string file = Path.Combine(place, "file");
        File.WriteAllText(file, "");
        string[] directories = ["--state-dir", command == "create" ? $"{file}/state" : place];
        string program = command == OciCommands.ProgramName ? command : "hearth";
        string[] places = program == "hearth" ? [.. directories, "--run-dir", $"{file}/run"] : directories;
        return await new HearthProgram(Context(new FailingWriter(new IOException("Broken pipe"))), program).RunAsync([.. places, .. words], TestContext.Current.CancellationToken);
    }

    private static CommandContext Context(TextWriter output) =>
        new() { Output = output, Error = TextWriter.Null, Environment = HostEnvironment.Empty, Clock = new FixedClock(), StartTimestamp = 0 };

    private static string Checkout()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at!.FullName, "Hearth.slnx")))
        {
            at = at.Parent;
        }

        return at.FullName;
    }

    [GeneratedRegex("[a-z-]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\(\[.*?\]\(.*?\)\)")]
    private static partial Regex Link();

    [GeneratedRegex("(?<![a-z-])--[a-z][a-z-]+")]
    private static partial Regex LongFlag();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
