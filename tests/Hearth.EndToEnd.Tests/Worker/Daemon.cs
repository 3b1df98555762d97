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
    /// <param name="flags">Flags besides the socket.</param>
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

    /// <summary>Kills it, as a crash would, and starts another.</summary>
    public void Restart()
    {
        Signals.Send(process.ProcessId, SignalNumber.Kill);
        process.Wait();
        process.Dispose();
        process = Start();
    }

    /// <summary>Starts docker's client.</summary>
    public Command StartDocker(params string[] arguments) => Command.Start("docker", arguments, environment);

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
    }

    private Command Start()
    {
        Command started = sandbox.StartProgram(Programs.Daemon, ["--socket", Socket, .. flags]);
        Sandbox.WaitUntil(() => RunDocker("", "version").ExitCode == 0, "hearthd", TimeSpan.FromSeconds(30));
        return started;
    }
}
