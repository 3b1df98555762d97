namespace Hearth.Cli.CommandLine;

/// <summary>A command line that cannot be followed.</summary>
/// <param name="command">The command whose help tells more: <c>hearth run</c>.</param>
/// <param name="message">What is wrong, in docker's words where docker has some.</param>
internal sealed class UsageException(string command, string message) : Exception(message)
{
    public string Command { get; } = command;
}
