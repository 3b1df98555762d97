using Hearth.Containers;
using Hearth.Records;

namespace Hearth.Cli;

/// <summary>Reports unexpected exceptions: one line for the user, and a file with the details.</summary>
/// <param name="environment">Names the state directory until the command line is read.</param>
/// <param name="clock">For the time in the file.</param>
internal sealed class UnexpectedFaults(Func<string, string?> environment, TimeProvider clock)
{
    private string act = "read the command line";
    private string? stateDirectory;

    /// <summary>Names the command in later reports.</summary>
    /// <param name="command">Its full name; its arguments may hold secrets.</param>
    /// <param name="state">The state directory, for the files.</param>
    public void Begin(string command, string state)
    {
        act = $"complete '{command}'";
        stateDirectory = state;
    }

    /// <summary>Writes the file.</summary>
    /// <returns>The line for people.</returns>
    public string Report(Exception failure) =>
        CrashReport.Write(failure, act, stateDirectory ?? HearthDirectories.Resolve(null, null, environment).State, clock).Message;

    /// <summary>
    /// Reports what a thread other than the main one throws, and ends the program, as the runtime would with a stack trace. What the
    /// program holds of the host is released by the kernel, or by the next command.
    /// </summary>
    /// <param name="write">Takes the line.</param>
    /// <param name="exitCode">The program's exit code.</param>
    public void WatchThreads(Action<string> write, int exitCode) => AppDomain.CurrentDomain.UnhandledException += (_, fault) =>
    {
        try
        {
            write(Report(fault.ExceptionObject as Exception ?? new InvalidOperationException($"{fault.ExceptionObject}")));
        }
        finally
        {
            Environment.Exit(exitCode);
        }
    };
}
