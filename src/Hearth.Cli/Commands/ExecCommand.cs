using Hearth.Cli.Values;
using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers.Specification;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth exec</c>: another process in a running container.</summary>
internal sealed class ExecCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> reference = Argument.One("CONTAINER");
    private readonly Argument<string[]> words = Argument.Any("COMMAND");
    private readonly Flag<bool> interactive = Flag.Switch("--interactive", "attach standard input", "-i");
    private readonly Flag<bool> terminal = Flag.Switch("--tty", "allocate a terminal", "-t");
    private readonly Flag<bool> detach = Flag.Switch("--detach", "run in the background", "-d");
    private readonly Flag<string[]> environment = Flag.List("--env", "NAME[=VALUE]", "set a variable; without a value, take the caller's", "-e");
    private readonly Flag<string[]> environmentFile = Flag.List("--env-file", "FILE", "read variables from a file, one NAME=VALUE a line");
    private readonly Flag<string?> directory = Flag.Text("--workdir", "DIR", "working directory (default the container's)", "-w");
    private readonly Flag<string?> user = Flag.Text("--user", "USER[:GROUP]", "user and group, by name or number (default the container's)", "-u");
    private readonly Flag<bool> privileged = Flag.Switch("--privileged", "give the command all capabilities of the guest");
    private readonly Flag<string?> detachKeys = CommonFlags.DetachKeys();

    public Command Create() => new Command("exec", "Run another command in a running container")
    {
        Usage = "[FLAGS] CONTAINER [--] COMMAND [ARG...]",
        Details = """
            The command gets the container's variables, user and working directory unless flags change
            them. It ends with the container. The exit code is the command's: 126 if it cannot be
            executed, 127 if it does not exist, 128+N if signal N ended it.
            """,
        FlagsEndAtFirstArgument = true,
        Examples = [("hearth exec -it web sh", "a shell in the container"), ("hearth exec -d web /srv/rotate", "in the background")],
    }.WithFlags("Flags", interactive, terminal, detach, environment, environmentFile, directory, user, privileged, detachKeys).WithArguments(reference, words)
        .WithAction(line => ContainerCommands.AttemptAsync(context, () => ExecAsync(line)));

    private async Task<int> ExecAsync(ParsedLine line)
    {
        ProcessSpec process = Read(line);
        IContainers service = ContainerCommands.OpenAsIs(context, global, line);
        string id = await service.FindIdAsync(line.GetValue(reference));
        if (line.GetValue(detach))
        {
            return await service.ExecCommandAsync(id, process, attachment: null);
        }

        using CallerStreams caller = CallerStreams.Open(context, line.GetValue(interactive), process.Terminal);
        caller.RequireTerminal();
        return await service.ExecCommandAsync(id, process, caller.Attach(CommonFlags.ReadDetachKeys(line, detachKeys), passesSignals: true));
    }

    private ProcessSpec Read(ParsedLine line)
    {
        try
        {
            return new ProcessSpec
            {
                Args = line.GetValue(words) is { Length: > 0 } given ? given : throw new FormatException("no command given: name one to run in the container, such as /bin/sh"),
                Env = EnvironmentVariables.Collect([], line.GetValue(environmentFile), line.GetValue(environment), context.Environment.Find),
                Terminal = line.GetValue(terminal),
                Cwd = line.GetValue(directory) ?? "",
                User = new UserSpec { Username = line.GetValue(user) },
                Capabilities = line.GetValue(privileged) ? CapabilitiesSpec.All : null,
            };
        }
        catch (FormatException exception)
        {
            throw new UsageException(exception.Message);
        }
    }
}
