using System.Diagnostics;
using System.Text;
using Hearth.Cli;
using Hearth.Control.Attachment;
using Hearth.Linux.Processes;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

long started = Stopwatch.GetTimestamp();
if (KeeperProgram.TryRun(args) is { } keeper)
{
    return await keeper;
}

// Nothing is kept back to be written at an end.
var output = new StreamWriter(StandardStreams.OpenOutput(), new UTF8Encoding(false)) { AutoFlush = true };
var error = new StreamWriter(StandardStreams.OpenError(), new UTF8Encoding(false)) { AutoFlush = true };
var context = new CommandContext
{
    Output = output,
    Error = error,
    Environment = OwnArguments.ReadEnvironment(Environment.GetEnvironmentVariables()),
    OutputColumns = Columns(1),
    ErrorColumns = Columns(2),
    StartTimestamp = started,
};
string name = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
context.Faults.WatchThreads(line => error.WriteLine($"hearth: {line}"), HearthProgram.ExitCodeOfFault(name));
try
{
    return await new HearthProgram(context, name).RunAsync(OwnArguments.Read(args));
}
catch (IOException)
{
    // Standard error cannot be written either: only the exit code remains.
    return HearthProgram.ExitCodeOfFault(name);
}

static int? Columns(int descriptor)
{
    const int OfNoKnownTerminal = 80;
    using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
    return !TerminalModes.IsTerminal(handle) ? null : PseudoTerminals.ReadSize(handle).Columns is > 0 and ushort columns ? columns : OfNoKnownTerminal;
}
