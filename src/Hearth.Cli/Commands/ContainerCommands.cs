using Hearth.Client;
using Hearth.Containers;

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
    public static async Task<int> ForEachAsync(CommandContext context, ContainerService service, IEnumerable<string> references, Func<Container, Task> act)
    {
        int exitCode = 0;
        foreach (string reference in references)
        {
            try
            {
                await act(service.Store.Resolve(reference));
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

    /// <summary>Where the log of a container is, and when nothing more is written to it.</summary>
    /// <exception cref="HearthException">There is no such container.</exception>
    public static Task<ContainerLogs> FindLogsAsync(CommandContext context, HearthDirectories directories, string reference, CancellationToken cancellationToken)
    {
        ContainerService service = context.Open(directories);
        Container container = service.Store.Resolve(reference);
        Task ended = container.State.IsHeld ? service.WaitAsync(container.Id, cancellationToken) : Task.CompletedTask;
        return Task.FromResult(new ContainerLogs(container.RecordDirectory, ended));
    }

    /// <summary>Opens a client, and cleans up after crashes.</summary>
    public static ContainerService Open(CommandContext context, HearthDirectories directories)
    {
        ContainerService service = context.Open(directories);
        context.Show(service.Reconcile());
        return service;
    }
}
