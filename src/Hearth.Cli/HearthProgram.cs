using System.Reflection;
using Hearth.Cli.Commands;
using Hearth.Cli.Commands.Images;
using Hearth.Cli.Commands.Workers;
using Hearth.Cli.Oci;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Rendering;

namespace Hearth.Cli;

/// <summary>The command line from its words to its exit code.</summary>
/// <param name="context">Streams, environment and clock.</param>
/// <param name="name">The name by which the program was called: <see cref="OciCommands.ProgramName"/> is another program.</param>
internal sealed class HearthProgram(CommandContext context, string name = "hearth")
{
    /// <summary>The exit code of most commands other than <c>run</c> if they fail.</summary>
    private const int Failure = 1;

    /// <summary>Commands whose files are those of the host that they run on, however they find them.</summary>
    private static readonly string[] ofThisHost = ["rootfs", "kernel", "doctor", "login", "logout"];

    private readonly GlobalFlags global = new();
    private readonly Flag<bool> version = Flag.Switch("--version", "show the version", "-v");

    public static string Version { get; } =
        typeof(HearthProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The exit code after an unexpected exception; for engines it is runc's.</summary>
    public static int ExitCodeOfFault(string name) => name == OciCommands.ProgramName ? Failure : ExitCodes.OwnFailure;

    public async Task<int> RunAsync(IReadOnlyList<string> words, CancellationToken cancellationToken = default)
    {
        try
        {
            return await RunAsync(new LineParser(CreateRoot(words.Count > 0 ? words[0] : null)), words, cancellationToken);
        }
        catch (HearthException exception)
        {
            await context.Error.WriteLineAsync($"hearth: {exception.Message}");
            return Failure;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The reader of the output has gone, or its disk is full.
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

    /// <summary>Parses a line and runs it. Help for a wrong line is that of the command that its words call.</summary>
    private async Task<int> RunAsync(LineParser parser, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        try
        {
            ParsedLine line = parser.Parse(words);
            context.Faults.Begin(line.Command.FullName, global.LocalDirectories(line, context).State);
            return await RunAsync(line, cancellationToken);
        }
        catch (Exception exception) when (exception is UsageException or OutputFormatException && OciCommands.IsTheirs(parser.Command.FullName))
        {
            return OciCommands.Refuse(context, exception.Message);
        }
        catch (Exception exception) when (exception is UsageException or OutputFormatException)
        {
            await context.Error.WriteLineAsync($"hearth: {exception.Message}\nSee '{parser.Command.FullName} --help'.");
            return ExitCodes.OwnFailure;
        }
    }

    /// <summary>The root with only the command that the first word calls: to describe all of them takes longer than most commands run. Without such a command, all are there.</summary>
    internal Command CreateRoot(string? word)
    {
        if (name == OciCommands.ProgramName)
        {
            return new OciCommands(context, global).CreateProgram(global.StateDirectory, global.Help, version);
        }

        (string Name, Func<Command> Create)[] commands = ListCommands();
        int called = Array.FindIndex(commands, command => command.Name == word);
        return new Command("hearth", "Hearth boots any directory as a microVM, without copying it.") { Usage = "COMMAND" }
            .WithFlags("Flags", [global.StateDirectory, global.RunDirectory, .. global.Host.All, global.Help, version])
            .WithCommands(called < 0 ? [.. commands.Select(command => command.Create())] : [commands[called].Create()]);
    }

    private (string Name, Func<Command> Create)[] ListCommands()
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
            ("logs", () => new LogsCommand(context, (line, reference, stop) => ContainerCommands.FindLogAsync(context, global, line, reference, stop)).Create()),
            ("kill", life.CreateKill),
            ("stop", life.CreateStop),
            ("restart", life.CreateRestart),
            ("pause", life.CreatePause),
            ("unpause", life.CreateUnpause),
            ("wait", life.CreateWait),
            ("rm", life.CreateRemove),
            ("rename", life.CreateRename),
            ("port", () => new PortCommand(context, global).Create()),
            ("top", () => new TopCommand(context, global).Create()),
            ("stats", () => new StatsCommand(context, global).Create()),
            ("update", () => new UpdateCommand(context, global).Create()),
            ("cp", () => new CopyCommand(context, global).Create()),
            ("diff", () => new DiffCommand(context, global).Create()),
            ("export", () => new ExportCommand(context, global).Create()),
            ("commit", () => new CommitCommand(context, global).Create()),
            ("pull", () => new PullCommand(context, global).Create()),
            ("login", () => new LoginCommands(context).CreateLogin()),
            ("logout", () => new LoginCommands(context).CreateLogout()),
            ("push", () => new PushCommand(context, global).Create()),
            ("images", () => new ImageListing(context, global).Create("images")),
            ("rmi", () => new ImageCommands(context, global).CreateRemove("rmi")),
            ("tag", () => new ImageCommands(context, global).CreateTag()),
            ("history", () => new ImageCommands(context, global).CreateHistory()),
            ("save", () => new ArchiveCommands(context, global).CreateSave()),
            ("load", () => new ArchiveCommands(context, global).CreateLoad()),
            ("import", () => new ArchiveCommands(context, global).CreateImport()),
            ("image", () => new ImageCommands(context, global).Create()),
            ("rootfs", () => RootfsCommands.Create(context, global)),
            ("kernel", () => new KernelCommands(context, global).Create()),
            ("volume", () => new VolumeCommands(context, global).Create()),
            ("network", () => new NetworkCommands(context, global).Create()),
            ("cache", () => new CacheCommands(context, global).Create()),
            ("events", () => new EventsCommand(context, global).Create()),
            ("oci", () => new OciCommands(context, global).Create()),
            ("system", () => new SystemCommands(context, global).Create()),
            ("context", () => new ContextCommands(context, global).Create()),
            ("worker", () => new WorkerCommands(context, global.Host).Create()),
            ("doctor", () => new DoctorCommand(context, global).Create()),
            ("completion", () => new CompletionCommands(context, () => CreateRoot(word: null)).Create()),
        ];
    }

    private async Task<int> RunAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        if (line.GetValue(version))
        {
            await context.Output.WriteLineAsync(name == OciCommands.ProgramName ? $"{name} version {Version}\nspec: {ContainerSpec.CurrentVersion}" : $"hearth {Version}");
            return 0;
        }

        if (line.GetValue(global.Help) || line.Command.Action is not { } action)
        {
            HelpWriter.Write(line.Command, context.Output);
            return 0;
        }

        line.Check();
        if (line.Command.FullName.Split(' ') is [_, string word, ..] && ofThisHost.Contains(word))
        {
            global.RequireThisHost(line, context);
        }

        return await action(line, cancellationToken);
    }
}
