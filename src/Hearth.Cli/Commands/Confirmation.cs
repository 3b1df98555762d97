using Hearth.CommandLine;
using Hearth.Control.Attachment;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Cli.Commands;

/// <summary>Asks before something is removed that was not named, as docker does.</summary>
internal static class Confirmation
{
    /// <summary>A command's flag against the question.</summary>
    public static Flag<bool> Force() => Flag.Switch("--force", "do not ask", "-f");

    /// <summary>Asks on the terminal.</summary>
    /// <param name="context">Shows the question.</param>
    /// <param name="consequence">What happens then, as a sentence.</param>
    /// <returns>Whether the user agrees.</returns>
    /// <exception cref="UsageException">Standard input is no terminal.</exception>
    public static bool Ask(CommandContext context, string consequence)
    {
        using SafeFileHandle input = new(0, ownsHandle: false);
        if (!TerminalModes.IsTerminal(input))
        {
            throw new UsageException("cannot ask for confirmation: standard input is not a terminal; give --force");
        }

        context.Error.Write($"{consequence} Continue? [y/N] ");
        using StreamReader answer = new(StandardStreams.OpenInput());
        return answer.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
