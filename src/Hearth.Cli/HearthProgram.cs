using System.CommandLine;
using System.Reflection;
using Hearth.Cli.CommandLine;
using Hearth.Cli.Commands;
using Hearth.Cli.Oci;
using Hearth.Runtime;
using Hearth.Runtime.Specification;

namespace Hearth.Cli;

/// <summary>The command line from its words to its exit code.</summary>
/// <param name="context">The world around it.</param>
/// <param name="name">The name by which the program was called: <see cref="OciCommands.ProgramName"/> is another program.</param>
internal sealed class HearthProgram(CommandContext context, string name = "hearth")
{
    /// <summary>What a command other than <c>run</c> ends with when it could not do what was asked.</summary>
    private const int Failure = 1;

    private readonly GlobalFlags global = new();
    private readonly Option<bool> version = Flag.Switch("--version", "show the program's version", "-v");

    public static string Version { get; } =
        typeof(HearthProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public async Task<int> RunAsync(IEnumerable<string> words, CancellationToken cancellationToken = default)
    {
        try
        {
            HearthCommand root = CreateRoot();
            ScannedLine scanned = FlagScanner.Scan(root, words);
            ParseResult line = root.Parse(scanned.Tokens, new ParserConfiguration { ResponseFileTokenReplacer = null });
            return await InvokeAsync(scanned, line, cancellationToken);
        }
        catch (UsageException exception) when (OciCommands.IsTheirs(exception.Command))
        {
            return OciCommands.Refuse(context, exception.Message);
        }
        catch (UsageException exception)
        {
            await context.Error.WriteLineAsync($"hearth: {exception.Message}\nSee '{exception.Command} --help'.");
            return ExitCodes.OwnFailure;
        }
        catch (RuntimeException exception)
        {
            await context.Error.WriteLineAsync($"hearth: {exception.Message}");
            return Failure;
        }
    }

    private HearthCommand CreateRoot()
    {
        if (name == OciCommands.ProgramName)
        {
            return new OciCommands(context, global).CreateProgram(global.StateDirectory, global.Help, version);
        }

        var root = new HearthCommand("hearth", "Hearth boots any directory as a microVM, without copying it.") { Usage = "COMMAND" };
        return root
            .WithFlags("Flags", global.StateDirectory, global.RunDirectory, global.Help, version)
            .WithCommands(
                [
                new RunCommand(context, global).Create(),
                new CreateCommand(context, global).Create(),
                new StartCommand(context, global).CreateStart(),
                new StartCommand(context, global).CreateAttach(),
                new ExecCommand(context, global).Create(),
                new PsCommand(context, global).Create(),
                new InspectCommand(context, global).Create(),
                new LogsCommand(context, global, ContainerCommands.FindLogsAsync).Create(),
                .. new LifeCommands(context, global).Create(),
                new TopCommand(context, global).Create(),
                new StatsCommand(context, global).Create(),
                new UpdateCommand(context, global).Create(),
                new CopyCommand(context, global).Create(),
                RootfsCommands.Create(context, global),
                new KernelCommands(context, global).Create(),
                new VolumeCommands(context, global).Create(),
                new CacheCommands(context, global).Create(),
                new EventsCommand(context, global).Create(),
                new OciCommands(context, global).Create(),
                new SystemCommands(context, global).Create(),
                new DoctorCommand(context, global).Create(),
                new CompletionCommands(context, root).Create(),
                ]);
    }

    private async Task<int> InvokeAsync(ScannedLine scanned, ParseResult line, CancellationToken cancellationToken)
    {
        if (line.GetValue(version))
        {
            await context.Output.WriteLineAsync(name == OciCommands.ProgramName ? $"{name} version {Version}\nspec: {ContainerSpec.CurrentVersion}" : $"hearth {Version}");
            return 0;
        }

        if (line.GetValue(global.Help) || scanned.Command.Subcommands.Count > 0)
        {
            HelpWriter.Write(scanned.Command, context.Output);
            return 0;
        }

        scanned.CheckArguments();
        if (line.Errors.Count > 0)
        {
            throw new UsageException(scanned.Command.FullName, line.Errors[0].Message.TrimEnd('.'));
        }

        // The library's own handling of Ctrl-C and of exceptions is off: a workload's signals are forwarded to it.
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        return await line.InvokeAsync(invocation, cancellationToken);
    }
}
