namespace Hearth.Linux.Processes;

/// <summary>
/// The environment variables that a program was started with. The program reads them once, where it composes its parts, and
/// passes them on. Lower layers know only this value.
/// </summary>
/// <param name="variables">The values by name.</param>
public sealed class HostEnvironment(IReadOnlyDictionary<string, string> variables)
{
    /// <summary>Directories of programs that users' PATHs may lack.</summary>
    private const string SystemDirectories = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";

    /// <summary>No variables: programs are found in the system's directories.</summary>
    public static HostEnvironment Empty { get; } = new(new Dictionary<string, string>());

    /// <summary>All variables in the form of execve(2): <c>NAME=value</c>.</summary>
    public IEnumerable<string> Lines => variables.Select(variable => $"{variable.Key}={variable.Value}");

    /// <returns>A variable's value; null if it is not set.</returns>
    public string? Find(string name) => variables.GetValueOrDefault(name);

    /// <summary>Finds a program in PATH, or in the system's directories.</summary>
    /// <param name="program">A name; if it contains a slash, it is used as a path.</param>
    /// <returns>The absolute path; null if the program is not found.</returns>
    public string? FindProgram(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return IsProgram(program) ? Path.GetFullPath(program) : null;
        }

        string[] directories = $"{Find("PATH")}:{SystemDirectories}".Split(':', StringSplitOptions.RemoveEmptyEntries);
        return directories.Select(directory => Path.Combine(directory, program)).FirstOrDefault(IsProgram);
    }

    /// <summary>Why <see cref="FindProgram"/> finds nothing, as a clause that follows the program's name.</summary>
    public static string FaultOf(string program) =>
        !program.Contains('/', StringComparison.Ordinal) ? "is not in PATH"
        : Directory.Exists(program) ? "is a directory"
        : File.Exists(program) ? "cannot be executed: its mode does not allow it (chmod +x)"
        : "does not exist";

    private static bool IsProgram(string path) =>
        File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
