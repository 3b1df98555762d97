using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Linux.Processes;
using Hearth.OciRuntime;

namespace Hearth.Cli.Oci;

/// <summary><c>hearth oci exec</c>: another process in a container.</summary>
internal sealed class OciExecCommand(CommandContext context, OciCommands oci)
{
    private readonly Argument<string> id = Argument.One("CONTAINER");
    private readonly Argument<string[]> words = Argument.Any("COMMAND");
    private readonly Flag<string?> process = Flag.Text("--process", "FILE", "the process, as in config.json", "-p");
    private readonly Flag<bool> detach = Flag.Switch("--detach", "do not wait for its exit", "-d");
    private readonly Flag<string?> pidFile = Flag.Text("--pid-file", "FILE", "write the process's pid to FILE");
    private readonly Flag<string?> consoleSocket = Flag.Text("--console-socket", "SOCKET", "socket that receives the terminal");
    private readonly Flag<bool> tty = Flag.Switch("--tty", "allocate a terminal", "-t");
    private readonly Flag<string?> user = Flag.Text("--user", "USER[:GROUP]", "user and group, by name or number", "-u");
    private readonly Flag<string?> cwd = Flag.Text("--cwd", "DIR", "working directory");
    private readonly Flag<string[]> env = Flag.List("--env", "NAME=VALUE", "set a variable", "-e");
    private readonly Flag<string[]> cap = Flag.List("--cap", "NAME", "add a capability", "-c");
    private readonly Flag<bool> noNewPrivileges = Flag.Switch("--no-new-privs", "set no_new_privs");

    private readonly Flag[] ignored =
    [
        Flag.Text("--preserve-fds", "N", "ignored: a guest has no descriptors of the host"),
        Flag.List("--additional-gids", "GID", "ignored without --process", "-g"),
        Flag.Text("--process-label", "LABEL", "ignored"),
        Flag.Text("--apparmor", "PROFILE", "ignored"),
        Flag.List("--cgroup", "PATH", "ignored"),
        Flag.Switch("--ignore-paused", "ignored"),
        Flag.Text("--pidfd-socket", "SOCKET", "ignored"),
    ];

    public Command Create() => new Command("exec", "Run another process in a running container")
    {
        Usage = "[FLAGS] CONTAINER [COMMAND [ARG...]]",
        FlagsEndAtFirstArgument = true,
    }.WithFlags("Flags", [process, detach, pidFile, consoleSocket, tty, user, cwd, env, cap, noNewPrivileges, .. ignored]).WithArguments(id, words)
        .WithAction(line => oci.RunAsync(line, runtime => RunAsync(runtime, line), EngineRuntime.NotStarted));

    private async Task<int> RunAsync(EngineRuntime runtime, ParsedLine line)
    {
        ProcessSpec? whole = line.GetValue(process) is { Length: > 0 } file ? ProcessSpec.Parse(ReadFile(file), file) : null;
        if (whole is null && line.GetValue(words) is not { Length: > 0 })
        {
            throw new FormatException("process args cannot be empty");
        }

        bool isStandIn = EngineRuntime.IsStandIn(context.Environment.Find);
        if (isStandIn || !line.GetValue(detach))
        {
            return await runtime.ExecAsync(line.GetValue(id), own => whole ?? Describe(line, own), isStandIn);
        }

        EngineRuntime.ExecDetached(
            OwnArguments.Read(Environment.GetCommandLineArgs()),
            context.Environment,
            line.GetValue(consoleSocket) is { Length: > 0 } socket ? socket : null,
            whole?.ConsoleSize,
            line.GetValue(pidFile));
        return 0;
    }

    /// <param name="line">The command line.</param>
    /// <param name="own">The container's first process.</param>
    private ProcessSpec Describe(ParsedLine line, ProcessSpec own) => new ProcessSpec
    {
        Args = line.GetValue(words),
        Env = line.GetValue(env),
        Capabilities = new CapabilitiesSpec { Effective = line.GetValue(cap) },
        Terminal = line.GetValue(tty),
        Cwd = line.GetValue(cwd) ?? "",
        NoNewPrivileges = line.GetValue(noNewPrivileges),
        User = new UserSpec { Username = line.GetValue(user) },
    }.Over(own);

    private static byte[] ReadFile(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot read '{file}': {exception.Message}", exception);
        }
    }
}
