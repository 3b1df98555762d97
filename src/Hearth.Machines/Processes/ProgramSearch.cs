namespace Hearth.Machines.Processes;

/// <summary>Programs by name, in PATH; sbin directories too, which users' PATHs lack.</summary>
internal static class ProgramSearch
{
    private static readonly string[] SystemDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

    /// <returns>The absolute path, or null where there is none. A name with a slash is a path already.</returns>
    internal static string? Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return IsProgram(program) ? Path.GetFullPath(program) : null;
        }

        string[] directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return directories.Concat(SystemDirectories).Select(directory => Path.Combine(directory, program)).FirstOrDefault(IsProgram);
    }

    /// <summary>Why <see cref="Find"/> finds nothing, as the rest of "which".</summary>
    internal static string FaultOf(string program) =>
        !program.Contains('/', StringComparison.Ordinal) ? "is not in PATH"
        : Directory.Exists(program) ? "is a directory"
        : File.Exists(program) ? "cannot be executed: its mode does not allow it (chmod +x)"
        : "is not there";

    private static bool IsProgram(string path) =>
        File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
