using Hearth.Cli.Commands;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.OciRuntime;

namespace Hearth.Cli.Oci;

/// <summary><c>hearth oci</c>, also as the program <c>hearth-oci</c>: an OCI runtime with runc's command line, for container engines.</summary>
internal sealed class OciCommands
{
    /// <summary>The name under which the program is only <c>hearth oci</c>.</summary>
    public const string ProgramName = "hearth-oci";

    private const string Summary = "Run OCI bundles for container engines, with runc's commands and flags";

    /// <summary>runc's exit code.</summary>
    private const int Failure = 1;

    private readonly CommandContext context;
    private readonly OciGlobalFlags flags;

    public OciCommands(CommandContext context, GlobalFlags global)
    {
        this.context = context;
        flags = new OciGlobalFlags(context, global);
    }

    /// <summary>Whether errors of a command are written as engines read them.</summary>
    /// <param name="command">Its full name.</param>
    public static bool IsTheirs(string command) => command.StartsWith("hearth oci", StringComparison.Ordinal) || command.StartsWith(ProgramName, StringComparison.Ordinal);

    /// <summary>Reports a wrong command line, of which no flag is known yet.</summary>
    public static int Refuse(CommandContext context, string message)
    {
        new OciLog(path: null, OciLogFormat.Text, withDetails: false, context.Error, context.Clock).Fail(message);
        return Failure;
    }

    /// <summary>The command <c>hearth oci</c>.</summary>
    public Command Create() => Describe(new Command("oci", Summary)
    {
        Usage = "[FLAGS] COMMAND",
        Details = $"The same as the program {ProgramName}, for engines that take the path of a runtime.",
        Examples = [($"podman --runtime /usr/local/bin/{ProgramName} run IMAGE", "podman containers as microVMs")],
    });

    /// <summary>The root of the program <c>hearth-oci</c>.</summary>
    public Command CreateProgram(params Flag[] globals) => Describe(new Command(ProgramName, Summary) { Usage = "[FLAGS] COMMAND" }.WithFlags("Flags of Hearth", globals));

    /// <summary>Runs a command; its failure is written as engines read it.</summary>
    internal int Run(ParsedLine line, Func<OciLog, int> act) => RunAsync(line, Failure, log => Task.FromResult(act(log))).GetAwaiter().GetResult();

    /// <summary>Runs a command on containers.</summary>
    internal Task<int> RunAsync(ParsedLine line, Func<EngineRuntime, Task<int>> act, int failure = Failure) =>
        RunAsync(line, failure, log => act(new EngineRuntime(flags.Directories(line), context.Clock, context.Environment, log.Add)));

    private async Task<int> RunAsync(ParsedLine line, int failureCode, Func<OciLog, Task<int>> act)
    {
        OciLog log = flags.Log(line);
        log.HoldBack();
        try
        {
            int exitCode = await act(log);
            log.Release();
            return exitCode;
        }
        catch (HearthException failure)
        {
            log.Fail(failure.Message);
        }
        catch (FormatException failure)
        {
            log.Fail(failure.Message);
        }
        catch (Exception failure)
        {
            log.Fail(context.Faults.Report(failure));
        }

        return failureCode;
    }

    private Command Describe(Command command) => command.WithFlags("Flags", flags.All).WithCommands(
        [
        new OciCreateCommands(context, this).Create(),
        new OciCreateCommands(context, this).CreateRun(),
        .. new OciLifeCommands(context, this).Create(),
        new OciExecCommand(context, this).Create(),
        new OciResourceCommands(context, this).CreateEvents(),
        new OciResourceCommands(context, this).CreateUpdate(),
        new OciSpecCommand(context, this).Create(),
        new OciFeaturesCommand(context, this).Create(),
        ]);
}
