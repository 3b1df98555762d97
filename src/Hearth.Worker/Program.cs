using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Control.Attachment;
using Hearth.Linux.Processes;
using Hearth.Worker;

TextWriter output = TextWriter.Synchronized(new StreamWriter(StandardStreams.OpenOutput()) { AutoFlush = true });
TextWriter error = TextWriter.Synchronized(new StreamWriter(StandardStreams.OpenError()) { AutoFlush = true });
HostEnvironment environment = OwnArguments.ReadEnvironment(Environment.GetEnvironmentVariables());
try
{
    return await new WorkerProgram(environment, output, error).RunAsync(OwnArguments.Read(args));
}
catch (UsageException exception)
{
    await error.WriteLineAsync($"hearthd: {exception.Message}\nSee 'hearthd --help'.");
    return ExitCodes.OwnFailure;
}
catch (HearthException exception)
{
    await error.WriteLineAsync($"hearthd: {exception.Message}");
    return 1;
}
