using Hearth.Containers;

namespace Hearth.CommandLine.Tests;

public sealed class LineParserTests
{
    private readonly Flag<bool> tty = Flag.Switch("--tty", "", "-t");
    private readonly Flag<string[]> env = Flag.List("--env", "E", "", "-e");
    private readonly Flag<ByteSize?> size = Flag.Size("--memory", "", "-m");
    private readonly Flag<string?> name = Flag.Text("--hostname", "NAME", "", "-h").AlsoNamed("--host");
    private readonly Argument<string> directory = Argument.One("DIRECTORY");
    private readonly Argument<string[]> words = Argument.Any("COMMAND");

    [Theory]
    [InlineData("run / ls -l", "run -- / ls -l")]
    [InlineData("run / -- ls -l", "run -- / ls -l")]
    [InlineData("run -- / ls", "run -- / ls")]
    [InlineData("run -- / -- ls", "run -- / ls")]
    [InlineData("run / ls --", "run -- / ls --")]
    [InlineData("run / ls -- -x", "run -- / ls -- -x")]
    [InlineData("run / -- -- x", "run -- / -- x")]
    [InlineData("run -it / sh", "run --interactive=true --tty=true -- / sh")]
    [InlineData("run -ti / sh", "run --tty=true --interactive=true -- / sh")]
    [InlineData("run -i -t / sh -i", "run --interactive=true --tty=true -- / sh -i")]
    [InlineData("run -eA=1 / sh", "run --env=A=1 -- / sh")]
    [InlineData("run -e A=1 / sh", "run --env=A=1 -- / sh")]
    [InlineData("run -ite A=1 / sh", "run --interactive=true --tty=true --env=A=1 -- / sh")]
    [InlineData("run --env=A=1 --env B / sh", "run --env=A=1 --env=B -- / sh")]
    [InlineData("run -e --odd / sh", "run --env=--odd -- / sh")]
    [InlineData("run -m=1g / sh", "run --memory=1g -- / sh")]
    [InlineData("run --tty=false / sh", "run --tty=false -- / sh")]
    [InlineData("run -t=false / sh", "run --tty=false -- / sh")]
    [InlineData("run --memory= / sh", "run --memory= -- / sh")]
    [InlineData("run - sh", "run -- - sh")]
    [InlineData("run @list /bin/echo @x [suggest]", "run -- @list /bin/echo @x [suggest]")]
    [InlineData("--global g run / sh", "run --global=g -- / sh")]
    [InlineData("run --global g / sh --global", "run --global=g -- / sh --global")]
    [InlineData("show dir --at m", "show --at=m -- dir")]
    [InlineData("show --at m -- --at", "show --at=m -- --at")]
    [InlineData("show", "show")]
    [InlineData("show -h", "show --help=true")]
    [InlineData("run -h box / sh", "run --hostname=box -- / sh")]
    [InlineData("run --host box / sh", "run --hostname=box -- / sh")]
    [InlineData("run --host=box / sh", "run --hostname=box -- / sh")]
    public void Lines_are_read_by_dockers_habits(string line, string normal) =>
        Assert.Equal(normal, Normalize(new LineParser(Root()).Parse(line.Split(' '))));

    [Theory]
    [InlineData("rnu", "hearth", "'rnu' is not a hearth command: did you mean 'run'?")]
    [InlineData("frobnicate", "hearth", "'frobnicate' is not a hearth command")]
    [InlineData("--unknown", "hearth", "unknown flag: --unknown")]
    [InlineData("run --memry 1g / sh", "hearth run", "unknown flag: --memry: did you mean '--memory'?")]
    [InlineData("run --memry=1g / sh", "hearth run", "unknown flag: --memry: did you mean '--memory'?")]
    [InlineData("run -x / sh", "hearth run", "unknown shorthand flag: 'x' in -x")]
    [InlineData("run -itx / sh", "hearth run", "unknown shorthand flag: 'x' in -itx")]
    [InlineData("run --memory", "hearth run", "flag needs an argument: --memory")]
    [InlineData("run -im", "hearth run", "flag needs an argument: 'm' in -im")]
    [InlineData("show dir --bt m", "hearth show", "unknown flag: --bt: did you mean '--at'?")]
    public void Lines_that_cannot_be_followed_name_the_word_and_the_command(string line, string command, string message)
    {
        LineParser parser = new(Root());
        Assert.Equal(message, Assert.Throws<UsageException>(() => parser.Parse(line.Split(' '))).Message);
        Assert.Equal(command, parser.Command.FullName);
    }

    [Theory]
    [InlineData("run", "DIRECTORY is missing")]
    [InlineData("show", "DIRECTORY is missing")]
    [InlineData("show a b", "unexpected argument 'b'")]
    public void Arguments_are_counted(string line, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => new LineParser(Root()).Parse(line.Split(' ')).Check()).Message);

    [Theory]
    [InlineData("run /")]
    [InlineData("run / a b c")]
    [InlineData("show a")]
    public void As_many_arguments_as_a_command_takes_are_fine(string line) =>
        Assert.Null(Record.Exception(() => new LineParser(Root()).Parse(line.Split(' ')).Check()));

    [Theory]
    [InlineData("run / sh", "", "", false)]
    [InlineData("run -m 1g -m 2g / sh", "2.0 GiB", "", false)]
    [InlineData("run -e A -eB=1 --env C= / sh", "", "A B=1 C=", false)]
    [InlineData("run -t -t / sh", "", "", true)]
    [InlineData("run -t -t=false / sh", "", "", false)]
    [InlineData("run --tty=1 / sh", "", "", true)]
    [InlineData("run --tty=F / sh", "", "", false)]
    public void Of_repeated_flags_the_last_counts_and_lists_take_all(string line, string memory, string variables, bool hasTerminal)
    {
        ParsedLine parsed = new LineParser(Root()).Parse(line.Split(' '));
        parsed.Check();
        Assert.Equal((memory, variables, hasTerminal), ($"{parsed.GetValue(size)}", string.Join(' ', parsed.GetValue(env)), parsed.GetValue(tty)));
    }

    [Theory]
    [InlineData("run --memory= / sh", "invalid argument \"\" for \"-m, --memory\" flag: must be a size such as 512m or 2g")]
    [InlineData("run -m much / sh", "invalid argument \"much\" for \"-m, --memory\" flag: must be a size such as 512m or 2g")]
    [InlineData("run --tty=maybe / sh", "invalid argument \"maybe\" for \"-t, --tty\" flag: must be true or false")]
    public void Values_that_cannot_be_read_are_refused(string line, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => new LineParser(Root()).Parse(line.Split(' ')).Check()).Message);

    [Fact]
    public void Each_argument_gets_its_words()
    {
        ParsedLine parsed = new LineParser(Root()).Parse(["run", "/", "ls", "-l"]);
        Assert.Equal("/", parsed.GetValue(directory));
        Assert.Equal(["ls", "-l"], parsed.GetValue(words));
        Assert.Empty(new LineParser(Root()).Parse(["run", "/"]).GetValue(words));
    }

    /// <summary>The line in one form: the command's words, then each flag as <c>--name=value</c>, then <c>--</c> and the arguments.</summary>
    private static string Normalize(ParsedLine line) => string.Join(' ',
    [
        .. line.Command.FullName.Split(' ')[1..],
        .. line.Flags.Select(given => $"{given.Flag.Name}={given.Value}"),
        .. line.Arguments.Count > 0 ? ["--"] : Array.Empty<string>(),
        .. line.Arguments,
    ]);

    private Command Root()
    {
        Command run = new Command("run", "") { FlagsEndAtFirstArgument = true }
            .WithFlags("", Flag.Switch("--interactive", "", "-i"), tty, env, size, name)
            .WithArguments(directory, words);
        Command show = new Command("show", "").WithFlags("", Flag.Text("--at", "M", "")).WithArguments(Argument.One("DIRECTORY"));
        return new Command("hearth", "").WithFlags("", Flag.Text("--global", "G", "").Inherited(), Flag.Switch("--help", "", "-h").Inherited()).WithCommands(run, show);
    }
}
