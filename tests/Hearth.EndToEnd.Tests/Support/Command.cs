using System.Diagnostics;
using System.Text;

namespace Hearth.EndToEnd.Tests.Support;

/// <summary>A program under test: started with pipes, its output collected as bytes, waited for with a deadline.</summary>
internal sealed class Command : IDisposable
{
    // Twenty guests at once under software emulation on two cores take most of a minute.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    private readonly Process process;
    private readonly OutputCollector output;
    private readonly OutputCollector error;
    private readonly string description;

    private Command(Process process, string description)
    {
        this.process = process;
        this.description = description;
        output = new OutputCollector(process.StandardOutput.BaseStream);
        error = new OutputCollector(process.StandardError.BaseStream);
    }

    public int ProcessId => process.Id;

    public Stream StandardInput => process.StandardInput.BaseStream;

    public bool HasExited => process.HasExited;

    /// <summary>Starts a program; its standard input stays open until <see cref="CloseInput"/>.</summary>
    public static Command Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        return new Command(Process.Start(info)!, $"{program} {string.Join(' ', info.ArgumentList)}");
    }

    /// <summary>Runs a tool of the test itself to its end; anything but status 0 fails the test with what it printed.</summary>
    public static string Tool(string program, params string[] arguments)
    {
        using Command command = Start(program, arguments);
        command.CloseInput();
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.ErrorText}");
        return result.OutputText;
    }

    /// <summary>
    /// Unmounts, lazily: a process that another test starts has, between its fork and its exec, a descriptor of every file that
    /// this one had open, and keeps a mount busy for that moment.
    /// </summary>
    public static void Unmount(string mountPoint) => Tool("umount", "--lazy", mountPoint);

    public void CloseInput() => process.StandardInput.Close();

    /// <summary>Sends a signal by its name (INT, TERM, KILL) to this process alone.</summary>
    public void Signal(string name) => Tool("kill", "-" + name, process.Id.ToString());

    /// <summary>Waits until standard output holds a text.</summary>
    public void WaitForOutput(string text) =>
        Assert.True(output.WaitFor(text, Deadline), $"'{description}' never wrote '{text}'; standard error: {(process.HasExited ? Encoding.UTF8.GetString(error.ReadToEnd()) : "(still running)")}");

    /// <summary>What it has written to standard error until now.</summary>
    public string ErrorText => error.Text;

    /// <summary>Whether standard output holds a text by now.</summary>
    public bool HasOutput(string text) => output.WaitFor(text, TimeSpan.Zero);

    /// <summary>Waits so long for it to end, where that is what may happen.</summary>
    public bool EndsWithin(TimeSpan time) => process.WaitForExit(time);

    /// <param name="deadline">How long it may take; null for <see cref="Deadline"/>.</param>
    public CommandResult Wait(TimeSpan? deadline = null)
    {
        if (!process.WaitForExit(deadline ?? Deadline))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{description}' did not end within {deadline ?? Deadline}; standard error: {Encoding.UTF8.GetString(error.ReadToEnd())}");
        }

        return new CommandResult(process.ExitCode, output.ReadToEnd(), error.ReadToEnd());
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process.Dispose();
    }
}

/// <summary>How a program ended, and all it wrote.</summary>
internal sealed record CommandResult(int ExitCode, byte[] Output, byte[] Error)
{
    public string OutputText => Encoding.UTF8.GetString(Output);

    public string ErrorText => Encoding.UTF8.GetString(Error);
}
