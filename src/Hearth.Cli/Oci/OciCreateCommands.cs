using Hearth.Cli.CommandLine;
using Hearth.Containers;
using Hearth.OciRuntime;

namespace Hearth.Cli.Oci;

/// <summary><c>hearth oci create</c> and <c>run</c>: a container out of a bundle.</summary>
internal sealed class OciCreateCommands(CommandContext context, OciCommands oci)
{
    private readonly Argument<string> id = Argument.One("CONTAINER");
    private readonly Flag<string?> bundle = Flag.Text("--bundle", "DIR", "the bundle (default: here)", "-b");
    private readonly Flag<string?> consoleSocket = Flag.Text("--console-socket", "SOCKET", "takes the terminal of a process that has one");
    private readonly Flag<string?> pidFile = Flag.Text("--pid-file", "FILE", "takes the pid of the process that stands for the container");
    private readonly Flag<bool> detach = Flag.Switch("--detach", "do not wait for its end", "-d");
    private readonly Flag<bool> keep = Flag.Switch("--keep", "do not delete it at its end");

    // What these are about does not exist with a machine, or is no concern of the host's.
    private readonly Flag[] ignored =
    [
        Flag.Text("--preserve-fds", "N", "ignored: a guest has no descriptors of the host"),
        Flag.Switch("--no-pivot", "ignored"),
        Flag.Switch("--no-new-keyring", "ignored"),
        Flag.Switch("--no-subreaper", "ignored"),
        Flag.Text("--pidfd-socket", "SOCKET", "ignored"),
    ];

    public Command Create() => new Command("create", "Make a container whose machine runs and whose process waits")
    {
        Usage = "[FLAGS] CONTAINER",
        Details = """
            The pid is that of the container's keeper: it has this command's standard streams, and ends with
            the status of the container's process.
            """,
    }.WithFlags("Flags", [bundle, consoleSocket, pidFile, .. ignored]).WithArguments(id)
        .WithAction(line => oci.RunAsync(line, async runtime =>
        {
            await runtime.CreateAsync(Read(line), context.StartTimestamp);
            return 0;
        }));

    public Command CreateRun() => new Command("run", "Make a container, start it, and wait for its end") { Usage = "[FLAGS] CONTAINER" }
        .WithFlags("Flags", [bundle, consoleSocket, pidFile, detach, keep, .. ignored]).WithArguments(id)
        .WithAction(line => oci.RunAsync(line, runtime => RunAsync(runtime, line)));

    private async Task<int> RunAsync(EngineRuntime runtime, ParsedLine line)
    {
        EngineCreation creation = Read(line);
        int pid = await runtime.CreateAsync(creation, context.StartTimestamp);
        try
        {
            await runtime.StartAsync(creation.Id);
        }
        catch (HearthException)
        {
            await runtime.DeleteAsync(creation.Id, force: true);
            throw;
        }

        if (line.GetValue(detach))
        {
            return 0;
        }

        int status = await runtime.WaitAsync(creation.Id, pid);
        if (!line.GetValue(keep))
        {
            await runtime.DeleteAsync(creation.Id, force: true);
        }

        return status;
    }

    private EngineCreation Read(ParsedLine line) => new()
    {
        Id = line.GetValue(id),
        Bundle = line.GetValue(bundle) ?? ".",
        PidFile = line.GetValue(pidFile),
        ConsoleSocket = line.GetValue(consoleSocket) is { Length: > 0 } socket ? socket : null,
        Environment = context.Environment.Find,
    };
}
