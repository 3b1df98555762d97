using System.Reflection;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Worker.Telemetry;

namespace Hearth.Worker;

/// <summary>The daemon's command line.</summary>
internal sealed class WorkerProgram(HostEnvironment environment, TextWriter output, TextWriter error)
{
    private readonly Flag<string?> socket = Flag.Text("--socket", "PATH", $"Unix socket to listen on (default {WorkerOptions.DefaultSocket})");
    private readonly Flag<string?> group = Flag.Text("--group", "GROUP", "group that may use the socket, by number (default only root)");
    private readonly Flag<string?> state = Flag.Text("--state-dir", "DIR", $"what survives a restart of the host (default ${HearthDirectories.StateVariable}, else {HearthDirectories.DefaultState})");
    private readonly Flag<string?> run = Flag.Text("--run-dir", "DIR", $"what does not (default ${HearthDirectories.RunVariable}, else {HearthDirectories.DefaultRun})");
    private readonly Flag<string?> program = Flag.Text("--hearth", "FILE", "the program that holds containers (default 'hearth' beside this one)");
    private readonly Flag<string[]> hostNames = Flag.List("--host-name", "NAME", "a name by which browsers may address this server, besides localhost and addresses");
    private readonly Flag<LogFormat> logFormat = Flag.Choice("--log-format", "form of the log on standard error: text (default), json", ("text", LogFormat.Text), ("json", LogFormat.Json));
    private readonly Flag<bool> help = Flag.Switch("--help", "show this help", "-h");
    private readonly Flag<bool> version = Flag.Switch("--version", "show the version", "-v");

    public static string Version { get; } =
        typeof(WorkerProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <returns>The exit code: 0 after an orderly end.</returns>
    /// <exception cref="UsageException">The words are not this program's.</exception>
    /// <exception cref="HearthException">The socket cannot be used.</exception>
    public async Task<int> RunAsync(IReadOnlyList<string> words)
    {
        Command command = Create();
        ParsedLine line = new LineParser(command).Parse(words);
        if (line.GetValue(version))
        {
            await output.WriteLineAsync($"hearthd {Version}");
            return 0;
        }

        if (line.GetValue(help))
        {
            HelpWriter.Write(command, output);
            return 0;
        }

        line.Check();
        await WorkerHost.RunAsync(Read(line), TimeProvider.System, error);
        return 0;
    }

    internal Command Create() => new Command("hearthd", "Serves docker's API: docker's clients drive microVMs.")
    {
        Usage = "[FLAGS]",
        Details = """
            Containers live in processes of their own: they continue when this daemon ends, and it finds
            them when it starts. Point docker's clients at it by DOCKER_HOST=unix://PATH.
            """,
        Examples = [("hearthd --socket /run/hearth/docker.sock", "then: DOCKER_HOST=unix:///run/hearth/docker.sock docker run --rm IMAGE")],
    }.WithFlags("Flags", socket, group, state, run, program, hostNames, logFormat, help, version);

    private WorkerOptions Read(ParsedLine line)
    {
        HearthDirectories directories = HearthDirectories.Resolve(line.GetValue(state), line.GetValue(run), environment.Find);
        return new WorkerOptions(directories, environment)
        {
            Socket = Path.GetFullPath(line.GetValue(socket) ?? WorkerOptions.DefaultSocket),
            Group = line.GetValue(group) is { } text ? ReadGroup(text) : null,
            HostNames = line.GetValue(hostNames),
            LogFormat = line.GetValue(logFormat),
            Program = line.GetValue(program) is { } file ? Path.GetFullPath(file) : Path.Combine(AppContext.BaseDirectory, "hearth"),
        };
    }

    private static uint ReadGroup(string text) =>
        uint.TryParse(text, out uint number) ? number : throw new UsageException($"invalid argument \"{text}\" for \"--group\" flag: must be a number, such as that of 'getent group docker'");
}
