using System.CommandLine;
using Hearth.Cli.CommandLine;

namespace Hearth.Cli.Tests;

public sealed class FlagScannerTests
{
    [Theory]
    [InlineData("run / ls -l", "run -- / ls -l")]
    [InlineData("run / -- ls -l", "run -- / ls -l")]
    [InlineData("run -- / ls", "run -- / ls")]
    [InlineData("run -- / -- ls", "run -- / ls")]
    [InlineData("run / ls --", "run -- / ls --")]
    [InlineData("run / ls -- -x", "run -- / ls -- -x")]
    [InlineData("run / -- -- x", "run -- / -- x")]
    [InlineData("run -it / sh", "run --interactive --tty -- / sh")]
    [InlineData("run -ti / sh", "run --tty --interactive -- / sh")]
    [InlineData("run -i -t / sh -i", "run --interactive --tty -- / sh -i")]
    [InlineData("run -eA=1 / sh", "run --env=A=1 -- / sh")]
    [InlineData("run -e A=1 / sh", "run --env=A=1 -- / sh")]
    [InlineData("run -ite A=1 / sh", "run --interactive --tty --env=A=1 -- / sh")]
    [InlineData("run --env=A=1 --env B / sh", "run --env=A=1 --env=B -- / sh")]
    [InlineData("run -e --odd / sh", "run --env=--odd -- / sh")]
    [InlineData("run -m=1g / sh", "run --memory=1g -- / sh")]
    [InlineData("run --tty=false / sh", "run --tty=false -- / sh")]
    [InlineData("run -t=false / sh", "run --tty=false -- / sh")]
    [InlineData("run --memory= / sh", "run --memory  -- / sh")]
    [InlineData("run - sh", "run -- - sh")]
    [InlineData("run @list /bin/echo @x [suggest]", "run -- @list /bin/echo @x [suggest]")]
    [InlineData("--global g run / sh", "run --global=g -- / sh")]
    [InlineData("run --global g / sh --global", "run --global=g -- / sh --global")]
    [InlineData("show dir --at m", "show --at=m -- dir")]
    [InlineData("show --at m -- --at", "show --at=m -- --at")]
    [InlineData("show", "show")]
    public void Lines_are_read_by_dockers_habits(string line, string normal) =>
        Assert.Equal(normal, string.Join(' ', FlagScanner.Scan(Root(), line.Split(' ')).Tokens));

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
        UsageException refusal = Assert.Throws<UsageException>(() => FlagScanner.Scan(Root(), line.Split(' ')));
        Assert.Equal(message, refusal.Message);
        Assert.Equal(command, refusal.Command);
    }

    [Theory]
    [InlineData("run", "DIRECTORY is missing")]
    [InlineData("show", "DIRECTORY is missing")]
    [InlineData("show a b", "unexpected argument 'b'")]
    public void Arguments_are_counted(string line, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => FlagScanner.Scan(Root(), line.Split(' ')).CheckArguments()).Message);

    [Theory]
    [InlineData("run /")]
    [InlineData("run / a b c")]
    [InlineData("show a")]
    public void As_many_arguments_as_a_command_takes_are_fine(string line) =>
        Assert.Null(Record.Exception(() => FlagScanner.Scan(Root(), line.Split(' ')).CheckArguments()));

    private static HearthCommand Root()
    {
        Option<string?> global = Flag.Text("--global", "G", "");
        global.Recursive = true;
        HearthCommand run = new HearthCommand("run", "") { FlagsEndAtFirstArgument = true }
            .WithFlags("", Flag.Switch("--interactive", "", "-i"), Flag.Switch("--tty", "", "-t"), Flag.List("--env", "E", "", "-e"), Flag.Size("--memory", "", "-m"));
        run.Arguments.Add(new Argument<string>("DIRECTORY"));
        run.Arguments.Add(new Argument<string[]>("COMMAND") { Arity = ArgumentArity.ZeroOrMore });
        HearthCommand show = new HearthCommand("show", "").WithFlags("", Flag.Text("--at", "M", ""));
        show.Arguments.Add(new Argument<string>("DIRECTORY"));
        return new HearthCommand("hearth", "").WithFlags("", global).WithCommands(run, show);
    }
}
