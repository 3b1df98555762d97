using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.OciRuntime;

namespace Hearth.Cli.Oci;

/// <summary><c>hearth oci create</c> and <c>run</c>: a container from a bundle.</summary>
internal sealed class OciCreateCommands(CommandContext context, OciCommands oci)
{
    private readonly Argument<string> id = Argument.One("CONTAINER");
    private readonly Flag<string?> bundle = Flag.Text("--bundle", "DIR", "directory of the bundle (default: the current one)", "-b");
    private readonly Flag<string?> consoleSocket = Flag.Text("--console-socket", "SOCKET", "socket that receives the terminal");
    private readonly Flag<string?> pidFile = Flag.Text("--pid-file", "FILE", "write the container's pid to FILE");
    private readonly Flag<bool> detach = Flag.Switch("--detach", "do not wait for its exit", "-d");
    private readonly Flag<bool> keep = Flag.Switch("--keep", "do not delete it after its exit");

    // These concern a process on the host, which a machine does not have.
    private readonly Flag[] ignored =
    [
        Flag.Text("--preserve-fds", "N", "ignored: a guest has no descriptors of the host"),
        Flag.Switch("--no-pivot", "ignored"),
        Flag.Switch("--no-new-keyring", "ignored"),
        Flag.Switch("--no-subreaper", "ignored"),
        Flag.Text("--pidfd-socket", "SOCKET", "ignored"),
    ];

    public Command Create() => new Command("create", "Create a container")
    {
        Usage = "[FLAGS] CONTAINER",
        Details = """
            Boots the machine; 'start' starts the process. The pid is that of the container's keeper, which has
            this command's standard streams and exits with the status of the container's process.
            """,
    }.WithFlags("Flags", [bundle, consoleSocket, pidFile, .. ignored]).WithArguments(id)
        .WithAction(line => oci.RunAsync(line, async runtime =>
        {
            await runtime.CreateAsync(Read(line), context.StartTimestamp);
            return 0;
        }));

    public Command CreateRun() => new Command("run", "Create and start a container, and wait for its exit") { Usage = "[FLAGS] CONTAINER" }
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
