using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Worker;

HostEnvironment environment = OwnArguments.ReadEnvironment(Environment.GetEnvironmentVariables());
try
{
    return await new WorkerProgram(environment, Console.Out, Console.Error).RunAsync(OwnArguments.Read(args));
}
catch (UsageException exception)
{
    await Console.Error.WriteLineAsync($"hearthd: {exception.Message}\nSee 'hearthd --help'.");
    return ExitCodes.OwnFailure;
}
catch (HearthException exception)
{
    await Console.Error.WriteLineAsync($"hearthd: {exception.Message}");
    return 1;
}
