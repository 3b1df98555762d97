using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Hearth.Containers;
using Hearth.Records.Logs;

namespace Hearth.Records.Tests.Logs;

/// <summary>This test program as a process that writes to a log until it is killed: numbered lines on both streams.</summary>
internal sealed class LogWriterProcess : IDisposable
{
    /// <summary>Stands before each line's number.</summary>
    public const char NumberMark = '#';

    /// <summary>It stops then, so that four of them do not fill the log: some 80 MiB.</summary>
    private const int MostChunks = 1000;

    private const string Variable = "HEARTH_TEST_LOG_WRITER";

    private readonly Process process;

    public LogWriterProcess(string directory)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!);
        start.Environment[Variable] = directory;
        process = Process.Start(start)!;
    }

    public static LogOptions Options { get; } = new() { MaxSize = new ByteSize(4 << 20), MaxFiles = 100 };

    /// <summary>Kills it in the middle of whatever it does.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        process.Dispose();
    }

    /// <summary>Runs before anything else of the program, and takes its place where it was started for that.</summary>
    [ModuleInitializer]
    internal static void WriteWhereAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } directory)
        {
            return;
        }

        using ContainerLog log = ContainerLog.Open(directory, Options, TimeProvider.System);
        for (int chunk = 0; chunk < MostChunks; chunk++)
        {
            IEnumerable<string> lines = Enumerable.Range(chunk * 500, 500).Select(number => $"{NumberMark}{number} {new string('x', number % 200)}\n");
            log.Write((LogStream)(chunk % 2), Encoding.ASCII.GetBytes(string.Concat(lines)));
        }

        Process.GetCurrentProcess().WaitForExit();
    }
}
