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
        ExecProcess what = Read(line);
        bool isStandIn = EngineRuntime.IsStandIn(context.Environment.Find);
        if (isStandIn || !line.GetValue(detach))
        {
            return await runtime.ExecAsync(line.GetValue(id)!, what, isStandIn);
        }

        EngineRuntime.ExecDetached(OwnArguments.Read(Environment.GetCommandLineArgs()), what, line.GetValue(consoleSocket) is { Length: > 0 } socket ? socket : null, line.GetValue(pidFile));
        return 0;
    }

    private ExecProcess Read(ParseResult line)
    {
        if (line.GetValue(process) is { Length: > 0 } file)
        {
            ProcessSpec whole = ProcessSpec.Parse(ReadFile(file), file);
            return new ExecProcess { Args = whole.Args, Whole = whole };
        }

        string[] args = line.GetValue(words) ?? [];
        return new ExecProcess
        {
            Args = args.Length > 0 ? args : throw new FormatException("process args cannot be empty"),
            Terminal = line.GetValue(tty),
            Env = line.GetValue(env) ?? [],
            Cwd = line.GetValue(cwd),
            User = line.GetValue(user),
            FurtherCapabilities = line.GetValue(cap) ?? [],
            NoNewPrivileges = line.GetValue(noNewPrivileges) ? true : null,
        };
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
