using System.CommandLine;
using Hearth.Cli.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Linux.Processes;
using Hearth.OciRuntime;

namespace Hearth.Cli.Oci;

/// <summary><c>hearth oci exec</c>: another process in a container.</summary>
internal sealed class OciExecCommand(CommandContext context, OciCommands oci)
{
    private readonly Argument<string> id = new("CONTAINER");
    private readonly Argument<string[]> words = new("COMMAND") { Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> process = Flag.Text("--process", "FILE", "the process as config.json describes one", "-p");
    private readonly Option<bool> detach = Flag.Switch("--detach", "do not wait for its end", "-d");
    private readonly Option<string?> pidFile = Flag.Text("--pid-file", "FILE", "takes the pid of the process that stands for it");
    private readonly Option<string?> consoleSocket = Flag.Text("--console-socket", "SOCKET", "takes the terminal of a process that has one");
    private readonly Option<bool> tty = Flag.Switch("--tty", "give it a terminal", "-t");
    private readonly Option<string?> user = Flag.Text("--user", "USER[:GROUP]", "names or numbers", "-u");
    private readonly Option<string?> cwd = Flag.Text("--cwd", "DIR", "directory to start in");
    private readonly Option<string[]> env = Flag.List("--env", "NAME=VALUE", "set a variable", "-e");
    private readonly Option<string[]> cap = Flag.List("--cap", "NAME", "a capability more", "-c");
    private readonly Option<bool> noNewPrivileges = Flag.Switch("--no-new-privs", "give it no privileges by programs that it starts");

    private readonly Option[] ignored =
    [
        Flag.Text("--preserve-fds", "N", "ignored: a guest has no descriptors of the host"),
        Flag.List("--additional-gids", "GID", "ignored without --process", "-g"),
        Flag.Text("--process-label", "LABEL", "ignored"),
        Flag.Text("--apparmor", "PROFILE", "ignored"),
        Flag.List("--cgroup", "PATH", "ignored"),
        Flag.Switch("--ignore-paused", "ignored"),
        Flag.Text("--pidfd-socket", "SOCKET", "ignored"),
    ];

    public HearthCommand Create()
    {
        HearthCommand command = new HearthCommand("exec", "Run another process in a running container")
        {
            Usage = "[FLAGS] CONTAINER [COMMAND [ARG...]]",
            FlagsEndAtFirstArgument = true,
        }.WithFlags("Flags", [process, detach, pidFile, consoleSocket, tty, user, cwd, env, cap, noNewPrivileges, .. ignored]);
        command.Arguments.Add(id);
        command.Arguments.Add(words);
        command.SetAction((line, _) => oci.RunAsync(line, runtime => RunAsync(runtime, line), EngineRuntime.NotStarted));
        return command;
    }

    private async Task<int> RunAsync(EngineRuntime runtime, ParseResult line)
    {
        ProcessSpec? whole = line.GetValue(process) is { Length: > 0 } file ? ProcessSpec.Parse(ReadFile(file), file) : null;
        if (whole is null && line.GetValue(words) is not { Length: > 0 })
        {
            throw new FormatException("process args cannot be empty");
        }

        bool isStandIn = EngineRuntime.IsStandIn(context.Environment.Find);
        if (isStandIn || !line.GetValue(detach))
        {
            return await runtime.ExecAsync(line.GetValue(id)!, own => whole ?? Describe(line, own), isStandIn);
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
    private ProcessSpec Describe(ParseResult line, ProcessSpec own)
    {
        ProcessSpec described = own.WithCommand(line.GetValue(words)!).WithEnvironment(line.GetValue(env) ?? []).WithCapabilities(line.GetValue(cap) ?? []) with
        {
            Terminal = line.GetValue(tty),
            Cwd = line.GetValue(cwd) ?? own.Cwd,
            NoNewPrivileges = line.GetValue(noNewPrivileges) || own.NoNewPrivileges,
        };
        return line.GetValue(user) is { } who ? described.WithUser(who) : described;
    }

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
