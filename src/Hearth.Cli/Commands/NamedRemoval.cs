using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>Removes objects by name. As with docker, a failure does not stop the rest.</summary>
internal static class NamedRemoval
{
    /// <summary>Removes one after another, and prints each that was removed.</summary>
    /// <param name="context">The streams.</param>
    /// <param name="names">As given.</param>
    /// <param name="remove">Removes one.</param>
    /// <param name="printsNames">False if the removal prints more itself.</param>
    /// <param name="passes">Which failures are shown, but do not count; null for none.</param>
    /// <returns>1 if one failed.</returns>
    public static async Task<int> RunAsync(
        CommandContext context, IEnumerable<string> names, Func<string, Task> remove, bool printsNames = true, Func<HearthException, bool>? passes = null)
    {
        int exitCode = 0;
        foreach (string name in names)
        {
            try
            {
                await remove(name);
                if (printsNames)
                {
                    await context.Output.WriteLineAsync(name);
                }
            }
            catch (HearthException failure)
            {
                await context.Error.WriteLineAsync($"hearth: {failure.Message}");
                exitCode = passes?.Invoke(failure) == true ? exitCode : 1;
            }
        }

        return exitCode;
    }
}
