using System.Text.RegularExpressions;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>
/// Kills a program when it is about to make a certain system call. strace(1) counts the calls of each thread by itself, and which thread
/// does what differs from run to run: not every kill comes to pass.
/// </summary>
/// <param name="sandbox">Of the program.</param>
/// <param name="calls">The names of calls, separated by commas.</param>
internal sealed partial class KilledSteps(Sandbox sandbox, string calls)
{
    private string Trace => sandbox.PathOf("trace");

    /// <summary>Runs hearth to its end.</summary>
    /// <returns>The most calls of each name that a thread made.</returns>
    public IReadOnlyList<(string Call, int Most)> Count(string[] words)
    {
        CommandResult result = Run([Programs.Hearth, .. words], $"trace={calls}");
        Assert.True(result.ExitCode == 0, result.ErrorText);
        return CountTraced();
    }

    /// <summary>Runs hearth, and kills it at a call.</summary>
    /// <returns>Whether it was killed.</returns>
    public bool Kill(string[] words, string call, int number)
    {
        Run([Programs.Hearth, .. words], Injection(call, number));
        return WasKilled();
    }

    /// <summary>Traces a process that runs, to its end.</summary>
    public Command Attach(int process, string? call = null, int number = 0)
    {
        Command tracer = Start(["--detach-on=execve", "-p", $"{process}"], call is null ? $"trace={calls}" : Injection(call, number));
        Sandbox.WaitUntil(() => Directory.GetDirectories($"/proc/{process}/task").All(IsTraced), "the tracer");
        return tracer;
    }

    public IReadOnlyList<(string Call, int Most)> CountTraced() =>
    [
        .. File.ReadAllLines(Trace).Select(line => CallName().Match(line)).Where(match => match.Success)
            .CountBy(match => (Thread: match.Groups[1].Value, Call: match.Groups[2].Value))
            .GroupBy(count => count.Key.Call).Select(group => (group.Key, group.Max(count => count.Value))),
    ];

    public bool WasKilled() => File.ReadAllText(Trace).Contains("+++ killed by SIGKILL +++", StringComparison.Ordinal);

    private static string Injection(string call, int number) => $"inject={call}:signal=KILL:when={number}";

    private static bool IsTraced(string task)
    {
        try
        {
            return !File.ReadAllText(task + "/status").Contains("TracerPid:\t0\n", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // The thread has ended.
            return true;
        }
    }

    private CommandResult Run(string[] program, string what)
    {
        using Command traced = Start(program, what);
        traced.CloseInput();
        return traced.Wait();
    }

    private Command Start(string[] program, string what) => sandbox.StartProgram("strace", ["-f", "-o", Trace, "-e", $"trace={calls}", "-e", what, .. program]);

    [GeneratedRegex("^(\\d+) +(\\w+)\\(")]
    private static partial Regex CallName();
}
