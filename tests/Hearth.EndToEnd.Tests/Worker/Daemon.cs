using System.Net.Sockets;
using System.Text;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>hearthd in a sandbox, and docker's client that talks to it.</summary>
internal sealed class Daemon : IDisposable
{
    private readonly Sandbox sandbox;
    private readonly Dictionary<string, string> environment;
    private readonly string[] flags;
    private Command process;

    /// <param name="sandbox">Its directories.</param>
    /// <param name="flags">Of hearthd.</param>
    public Daemon(Sandbox sandbox, params string[] flags)
    {
        this.sandbox = sandbox;
        this.flags = flags;
        environment = new Dictionary<string, string> { ["DOCKER_HOST"] = $"unix://{Socket}", ["DOCKER_CONFIG"] = sandbox.PathOf("docker") };
        process = Start();
    }

    public string Socket => sandbox.PathOf("docker.sock");

    /// <summary>What it has written to standard error; known after it has ended.</summary>
    public string Log { get; private set; } = "";

    public int ProcessId => process.ProcessId;

    /// <summary>Its sockets: one that listens, and the connections of clients.</summary>
    public int CountSockets() => Directory.EnumerateFileSystemEntries($"/proc/{ProcessId}/fd").Count(IsSocket);

    /// <summary>A client of its socket.</summary>
    public HttpClient Connect() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            System.Net.Sockets.Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://hearthd/"),
    };

    /// <summary>The first of its addresses that begins so.</summary>
    public string FindAddress(string beginning)
    {
        string? found = null;
        Sandbox.WaitUntil(
            () => (found = process.ErrorText.Split([' ', ',', '\n']).FirstOrDefault(word => word.StartsWith(beginning, StringComparison.Ordinal))) is not null, $"an address at {beginning}");
        return found!;
    }

    /// <summary>Waits until it has ended by itself, and starts another.</summary>
    public void AwaitEndAndStart()
    {
        Assert.Equal(0, process.Wait().ExitCode);
        process.Dispose();
        process = Start();
    }

    /// <summary>Kills it, as a crash would, and starts another.</summary>
    public void Restart()
    {
        Kill();
        StartAgain();
    }

    /// <summary>Kills it, as a crash would.</summary>
    public void Kill()
    {
        Signals.Send(process.ProcessId, SignalNumber.Kill);
        process.Wait();
        process.Dispose();
    }

    /// <summary>Starts another after a kill.</summary>
    public void StartAgain() => process = Start();

    /// <summary>Starts docker's client.</summary>
    public Command StartDocker(params string[] arguments) => StartClient("docker", arguments);

    /// <summary>Starts any client of docker's.</summary>
    public Command StartClient(string program, IEnumerable<string> arguments) => Command.Start(program, arguments, environment);

    /// <summary>Runs docker's client to its end, with text on its standard input.</summary>
    public CommandResult RunDocker(string input, params string[] arguments)
    {
        using Command command = StartDocker(arguments);
        command.StandardInput.Write(Encoding.UTF8.GetBytes(input));
        command.CloseInput();
        return command.Wait();
    }

    /// <summary>Runs docker's client, fails the test unless it succeeded, and gives its output without the last line's end.</summary>
    public string Docker(params string[] arguments)
    {
        CommandResult result = RunDocker("", arguments);
        Assert.True(result.ExitCode == 0, $"docker {string.Join(' ', arguments)} ended with {result.ExitCode}.\nstdout: {result.OutputText}\nstderr: {result.ErrorText}");
        return result.OutputText.TrimEnd('\n');
    }

    public void Dispose()
    {
        Signals.Send(process.ProcessId, SignalNumber.Terminate);
        CommandResult end = process.Wait();
        Assert.True(end.ExitCode == 0, end.ErrorText);
        Log = end.ErrorText;
        process.Dispose();
        Assert.False(File.Exists(Socket));
        string reports = Path.Combine(sandbox.StateDirectory, "crash");
        Assert.Equal([], Directory.Exists(reports) ? [.. Directory.GetFiles(reports).Select(File.ReadAllText)] : Array.Empty<string>());
    }

    private Command Start()
    {
        Command started = sandbox.StartProgram(Programs.Daemon, ["--socket", Socket, .. flags]);
        Sandbox.WaitUntil(() => RunDocker("", "version").ExitCode == 0, "hearthd", TimeSpan.FromSeconds(30));
        return started;
    }

    /// <summary>A descriptor may be closed after it was listed.</summary>
    private static bool IsSocket(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name.StartsWith("socket:", StringComparison.Ordinal) == true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}
