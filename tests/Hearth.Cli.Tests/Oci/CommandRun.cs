using Hearth.Cli.Tests.Support;
using Hearth.Linux.Processes;

namespace Hearth.Cli.Tests.Oci;

/// <summary>One command line, and what came of it.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    /// <param name="program"><c>hearth</c> or <c>hearth-oci</c>.</param>
    /// <param name="words">Its arguments.</param>
    public static async Task<CommandRun> OfAsync(string program, params string[] words)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        var context = new CommandContext { Output = output, Error = error, Environment = HostEnvironment.Empty, Clock = new FixedClock(), StartTimestamp = 0 };
        int exitCode = await new HearthProgram(context, program).RunAsync(words, TestContext.Current.CancellationToken);
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }
}
