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
    /// <returns>1 if one failed.</returns>
    public static int Run(CommandContext context, IEnumerable<string> names, Action<string> remove, bool printsNames = true)
    {
        int exitCode = 0;
        foreach (string name in names)
        {
            try
            {
                remove(name);
                if (printsNames)
                {
                    context.Output.WriteLine(name);
                }
            }
            catch (HearthException failure)
            {
                context.Error.WriteLine($"hearth: {failure.Message}");
                exitCode = 1;
            }
        }

        return exitCode;
    }
}
