using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Remote;

namespace Hearth.Cli.Commands;

/// <summary>What the commands on containers have in common.</summary>
internal static class ContainerCommands
{
    /// <summary>Runs a command with docker's exit codes: a failure of Hearth itself is reported and gives 125.</summary>
    public static async Task<int> AttemptAsync(CommandContext context, Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (HearthException failure)
        {
            await context.Error.WriteLineAsync($"hearth: {failure.Message}");
            return failure.ExitCode;
        }
    }

    /// <summary>Does the same to several containers, and continues after a failure. Prints each success as it was named.</summary>
    /// <returns>1 if one failed.</returns>
    public static async Task<int> ForEachAsync(CommandContext context, IContainers service, IEnumerable<string> references, Func<Container, Task> act)
    {
        int exitCode = 0;
        foreach (string reference in references)
        {
            try
            {
                await act((await service.FindAsync(reference)).Container);
                await context.Output.WriteLineAsync(reference);
            }
            catch (HearthException failure)
            {
                await context.Error.WriteLineAsync($"hearth: {failure.Message}");
                exitCode = 1;
            }
        }

        return exitCode;
    }

    /// <summary>Opens the containers of the chosen host. On this one, cleans up after crashes first; a worker does so by itself.</summary>
    public static IContainers Open(CommandContext context, GlobalFlags global, ParsedLine line) =>
        OpenRemote(context, global, line) ?? (IContainers)OpenHere(context, global, line);

    /// <summary>Opens the containers of this host, and cleans up after crashes.</summary>
    /// <exception cref="HearthException">Another host is chosen.</exception>
    public static ContainerService OpenHere(CommandContext context, GlobalFlags global, ParsedLine line)
    {
        ContainerService service = context.Open(global.Directories(line, context));
        context.Show(service.Reconcile());
        return service;
    }

    /// <summary>Opens the containers of the chosen host as they are.</summary>
    public static IContainers OpenAsIs(CommandContext context, GlobalFlags global, ParsedLine line) =>
        OpenRemote(context, global, line) ?? (IContainers)context.Open(global.Directories(line, context));

    /// <summary>Finds the log of a container.</summary>
    /// <exception cref="HearthException">There is no such container.</exception>
    public static async Task<ILogReading> FindLogAsync(CommandContext context, GlobalFlags global, ParsedLine line, string reference, CancellationToken cancellationToken)
    {
        IContainers service = OpenAsIs(context, global, line);
        return service.OpenLog((await service.FindAsync(reference, cancellationToken)).Container);
    }

    private static RemoteContainers? OpenRemote(CommandContext context, GlobalFlags global, ParsedLine line) =>
        global.FindHost(line, context) is { } access ? new RemoteContainers(new WorkerConnection(access), context.Clock) : null;
}
