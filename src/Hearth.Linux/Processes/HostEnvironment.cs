namespace Hearth.Linux.Processes;

/// <summary>
/// The environment variables that a program was started with. The program reads them once, where it is composed, and hands them
/// down: what is below knows only this value.
/// </summary>
/// <param name="variables">By name.</param>
public sealed class HostEnvironment(IReadOnlyDictionary<string, string> variables)
{
    /// <summary>Where programs are that users' PATHs lack.</summary>
    private const string SystemDirectories = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";

    /// <summary>No variable: programs are found in the system's directories.</summary>
    public static HostEnvironment Empty { get; } = new(new Dictionary<string, string>());

    /// <summary>All variables, as execve(2) takes them: <c>NAME=value</c>.</summary>
    public IEnumerable<string> Lines => variables.Select(variable => $"{variable.Key}={variable.Value}");

    /// <returns>A variable's value; null where it is not set.</returns>
    public string? Find(string name) => variables.GetValueOrDefault(name);

    /// <summary>Finds a program in PATH, or in the system's directories.</summary>
    /// <param name="program">A name; with a slash it is a path already.</param>
    /// <returns>The absolute path; null where there is none.</returns>
    public string? FindProgram(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return IsProgram(program) ? Path.GetFullPath(program) : null;
        }

        string[] directories = $"{Find("PATH")}:{SystemDirectories}".Split(':', StringSplitOptions.RemoveEmptyEntries);
        return directories.Select(directory => Path.Combine(directory, program)).FirstOrDefault(IsProgram);
    }

    /// <summary>Why <see cref="FindProgram"/> finds nothing, as the rest of "which".</summary>
    public static string FaultOf(string program) =>
        !program.Contains('/', StringComparison.Ordinal) ? "is not in PATH"
        : Directory.Exists(program) ? "is a directory"
        : File.Exists(program) ? "cannot be executed: its mode does not allow it (chmod +x)"
        : "is not there";

    private static bool IsProgram(string path) =>
        File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
