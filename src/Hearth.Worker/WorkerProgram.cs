using System.Reflection;
using Hearth.Admission;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Hosting;
using Hearth.Linux.Processes;
using Hearth.Worker.Telemetry;

namespace Hearth.Worker;

/// <summary>The daemon's command line.</summary>
internal sealed class WorkerProgram(HostEnvironment environment, TextWriter output, TextWriter error)
{
    private readonly Flag<string?> socket = Flag.Text("--socket", "PATH", $"Unix socket to listen on (default {WorkerOptions.DefaultSocket})");
    private readonly Flag<string?> group = Flag.Text("--group", "GROUP", "group that may use the socket, by number (default only root)");
    private readonly Flag<string[]> listen = Flag.List("--listen", "URL", "also listen on https://ADDRESS:PORT, or http:// with a loopback address;\nclients need the token or a certificate (can be repeated)");
    private readonly Flag<string?> certificate = Flag.Text("--tls-cert", "FILE", "the server's certificate for https, with its chain (PEM)");
    private readonly Flag<string?> key = Flag.Text("--tls-key", "FILE", "its key (PEM; default: in the file of the certificate)");
    private readonly Flag<string?> authority = Flag.Text("--tls-client-ca", "FILE", "let clients in whose certificate this authority signed (PEM)");
    private readonly Flag<string?> token = Flag.Text("--token-file", "FILE", "let clients in that send this token: one line of 16 or more characters");
    private readonly Flag<ByteSize?> memory = Flag.Size("--capacity-memory", "memory of all machines and their overhead together\n(default: the host's)");
    private readonly Flag<double?> processors = Flag.Number("--capacity-cpus", "processors of all machines together (default: any number; they share)");
    private readonly Flag<ByteSize?> overhead = Flag.Size("--overhead-memory", $"memory that a container takes besides its machine's (default {AdmissionLimits.DefaultOverhead})");
    private readonly Flag<double?> boots = Flag.Number("--boots", "boots at once (default: the host's processors if guests are emulated,\neight times as many with KVM)");
    private readonly Flag<TimeSpan?> deadline = Flag.Duration("--queue-deadline", "how long a start may wait for its turn (default 1m)");
    private readonly Flag<TimeSpan?> grace = Flag.Duration("--drain-grace", "after SIGTERM, wait so long for containers to end; those that\nstill run are left to the next daemon (default 0s)");
    private readonly Flag<string?> state = Flag.Text("--state-dir", "DIR", $"what survives a restart of the host (default ${HearthDirectories.StateVariable}, else {HearthDirectories.DefaultState})");
    private readonly Flag<string?> run = Flag.Text("--run-dir", "DIR", $"what does not (default ${HearthDirectories.RunVariable}, else {HearthDirectories.DefaultRun})");
    private readonly Flag<string?> program = Flag.Text("--hearth", "FILE", "the program that holds containers (default 'hearth' beside this one)");
    private readonly Flag<string[]> hostNames = Flag.List("--host-name", "NAME", "a name by which clients may address this server without TLS, besides localhost and addresses");
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
    }.WithFlags("Flags", socket, group, state, run, program, logFormat, help, version)
        .WithFlags("Flags for other hosts", listen, certificate, key, authority, token, hostNames)
        .WithFlags("Flags of admission", memory, processors, overhead, boots, deadline, grace);

    private WorkerOptions Read(ParsedLine line)
    {
        HearthDirectories directories = HearthDirectories.Resolve(line.GetValue(state), line.GetValue(run), environment.Find);
        return new WorkerOptions(directories, environment)
        {
            Socket = Path.GetFullPath(line.GetValue(socket) ?? WorkerOptions.DefaultSocket),
            Group = line.GetValue(group) is { } text ? ReadGroup(text) : null,
            Cache = CacheSettings.Resolve(directories, limit: null, environment.Find),
            Urls = line.GetValue(listen),
            AccessFiles = new AccessFiles(line.GetValue(certificate), line.GetValue(key), line.GetValue(authority), line.GetValue(token)),
            Limits = new AdmissionLimits
            {
                Memory = line.GetValue(memory) ?? new ByteSize(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
                Processors = ReadCount(line, processors, 0),
                Overhead = line.GetValue(overhead) ?? AdmissionLimits.DefaultOverhead,
                Boots = ReadCount(line, boots, 0),
                Deadline = line.GetValue(deadline) ?? AdmissionLimits.DefaultDeadline,
            },
            Grace = line.GetValue(grace) ?? TimeSpan.Zero,
            HostNames = line.GetValue(hostNames),
            LogFormat = line.GetValue(logFormat),
            Program = line.GetValue(program) is { } file ? Path.GetFullPath(file) : Path.Combine(AppContext.BaseDirectory, "hearth"),
        };
    }

    private static int ReadCount(ParsedLine line, Flag<double?> flag, int missing) => line.GetValue(flag) is not { } number ? missing
        : number is >= 1 and <= int.MaxValue && double.IsInteger(number) ? (int)number
        : throw new UsageException($"invalid argument \"{number}\" for \"{flag.Name}\" flag: must be a whole number from 1 on");

    private static uint ReadGroup(string text) =>
        uint.TryParse(text, out uint number) ? number : throw new UsageException($"invalid argument \"{text}\" for \"--group\" flag: must be a number, such as that of 'getent group docker'");
}
