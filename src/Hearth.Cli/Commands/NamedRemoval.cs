using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>The removal of what is kept by name. As docker does: one that cannot be removed does not keep the others from being.</summary>
internal static class NamedRemoval
{
    /// <summary>Removes one after another; each that is gone is printed.</summary>
    /// <returns>1 where one failed.</returns>
    public static int Run(CommandContext context, IEnumerable<string> names, Action<string> remove)
    {
        int exitCode = 0;
        foreach (string name in names)
        {
            try
            {
                remove(name);
                context.Output.WriteLine(name);
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
