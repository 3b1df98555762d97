namespace Hearth.FileTree.Programs;

/// <summary>A command as a container starts it.</summary>
/// <param name="Command">With a slash, a path; else a name that is looked up.</param>
/// <param name="SearchPath">The value of PATH.</param>
/// <param name="WorkingDirectory">Absolute.</param>
public sealed record ProgramCall(string Command, string SearchPath, string WorkingDirectory)
{
    /// <summary>The paths at which a command is looked for, in order; relative ones are the working directory's.</summary>
    internal IEnumerable<string> PathsOf(string command) => command.Contains('/', StringComparison.Ordinal)
        ? [Path.Combine(WorkingDirectory, command)]
        : SearchPath.Split(':').Select(directory => Path.Combine(WorkingDirectory, directory, command));
}
