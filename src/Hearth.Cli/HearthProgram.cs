using System.CommandLine;
using System.Reflection;
using Hearth.Cli.CommandLine;
using Hearth.Cli.Commands;
using Hearth.Cli.Oci;
using Hearth.Containers;
using Hearth.Containers.Specification;

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

    /// <summary>What the program ends with where something fails that nothing expects: engines get runc's.</summary>
    public static int ExitCodeOfFault(string name) => name == OciCommands.ProgramName ? Failure : ExitCodes.OwnFailure;

    public async Task<int> RunAsync(IReadOnlyList<string> words, CancellationToken cancellationToken = default)
    {
        try
        {
            HearthCommand root = CreateRoot(words.Count > 0 ? words[0] : null);
            ScannedLine scanned = FlagScanner.Scan(root, words);
            ParseResult line = root.Parse(scanned.Tokens, new ParserConfiguration { ResponseFileTokenReplacer = null });
            context.Faults.Begin(scanned.Command.FullName, global.Directories(line, context).State);
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
        catch (HearthException exception)
        {
            await context.Error.WriteLineAsync($"hearth: {exception.Message}");
            return Failure;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever read the output has gone, or its disk is full: the last that anybody hears is that it ends.
            await context.Error.WriteLineAsync($"{name}: cannot complete the command: {exception.Message}");
            return Failure;
        }
        catch (Exception exception) when (name == OciCommands.ProgramName)
        {
            return OciCommands.Refuse(context, context.Faults.Report(exception));
        }
        catch (Exception exception)
        {
            await context.Error.WriteLineAsync($"hearth: {context.Faults.Report(exception)}");
            return ExitCodes.OwnFailure;
        }
    }

    /// <summary>The root with the one command that the first word calls, since to describe all of them takes longer than most do; else with all.</summary>
    internal HearthCommand CreateRoot(string? word)
    {
        if (name == OciCommands.ProgramName)
        {
            return new OciCommands(context, global).CreateProgram(global.StateDirectory, global.Help, version);
        }

        (string Name, Func<HearthCommand> Create)[] commands = ListCommands();
        int called = Array.FindIndex(commands, command => command.Name == word);
        return new HearthCommand("hearth", "Hearth boots any directory as a microVM, without copying it.") { Usage = "COMMAND" }
            .WithFlags("Flags", global.StateDirectory, global.RunDirectory, global.Help, version)
            .WithCommands(called < 0 ? [.. commands.Select(command => command.Create())] : [commands[called].Create()]);
    }

    private (string Name, Func<HearthCommand> Create)[] ListCommands()
    {
        LifeCommands life = new(context, global);
        return
        [
            ("run", () => new RunCommand(context, global).Create()),
            ("create", () => new CreateCommand(context, global).Create()),
            ("start", () => new StartCommand(context, global).CreateStart()),
            ("attach", () => new StartCommand(context, global).CreateAttach()),
            ("exec", () => new ExecCommand(context, global).Create()),
            ("ps", () => new PsCommand(context, global).Create()),
            ("inspect", () => new InspectCommand(context, global).Create()),
            ("logs", () => new LogsCommand(context, global, (directories, reference, stop) => ContainerCommands.FindLogsAsync(context, directories, reference, stop)).Create()),
            ("kill", life.CreateKill),
            ("stop", life.CreateStop),
            ("restart", life.CreateRestart),
            ("pause", life.CreatePause),
            ("unpause", life.CreateUnpause),
            ("wait", life.CreateWait),
            ("rm", life.CreateRemove),
            ("rename", life.CreateRename),
            ("top", () => new TopCommand(context, global).Create()),
            ("stats", () => new StatsCommand(context, global).Create()),
            ("update", () => new UpdateCommand(context, global).Create()),
            ("cp", () => new CopyCommand(context, global).Create()),
            ("rootfs", () => RootfsCommands.Create(context, global)),
            ("kernel", () => new KernelCommands(context, global).Create()),
            ("volume", () => new VolumeCommands(context, global).Create()),
            ("cache", () => new CacheCommands(context, global).Create()),
            ("events", () => new EventsCommand(context, global).Create()),
            ("oci", () => new OciCommands(context, global).Create()),
            ("system", () => new SystemCommands(context, global).Create()),
            ("doctor", () => new DoctorCommand(context, global).Create()),
            ("completion", () => new CompletionCommands(context, () => CreateRoot(word: null)).Create()),
        ];
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
