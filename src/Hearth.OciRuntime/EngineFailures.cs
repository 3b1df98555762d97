using Hearth.Containers;

namespace Hearth.OciRuntime;

/// <summary>
/// Messages of runc for processes that cannot be started. Engines search them for some words ("executable file not found in", "no
/// such file or directory", "permission denied") to distinguish a missing command from a failed runtime.
/// </summary>
internal static class EngineFailures
{
    private const string Prefix = "unable to start container process";

    /// <summary>Runs an operation that creates or starts a process, and translates its failure.</summary>
    /// <param name="act">runc's name of the operation: <c>create</c>, <c>start</c>, <c>exec</c>.</param>
    /// <param name="command">The process's first argument.</param>
    /// <param name="directory">Its working directory.</param>
    /// <param name="start">The operation.</param>
    /// <exception cref="HearthException">The operation failed. The message is runc's.</exception>
    public static async Task<T> TranslateAsync<T>(string act, string command, string directory, Func<Task<T>> start)
    {
        try
        {
            return await start().ConfigureAwait(false);
        }
        catch (HearthException failure)
        {
            throw new HearthException(failure.Error, $"{act} failed: {Describe(failure, command, directory)}", failure);
        }
    }

    private static string Describe(HearthException failure, string command, string directory) => failure.Error switch
    {
        HearthError.CommandNotFound when !command.Contains('/', StringComparison.Ordinal) => $"{Prefix}: exec: \"{command}\": executable file not found in $PATH",
        HearthError.CommandNotFound => $"{Prefix}: exec: \"{command}\": stat {command}: no such file or directory",
        HearthError.InterpreterNotFound => $"{Prefix}: exec {command}: no such file or directory ({failure.Message})",
        HearthError.CommandNotExecutable => $"{Prefix}: exec: \"{command}\": permission denied ({failure.Message})",
        HearthError.WorkingDirectoryMissing => $"{Prefix}: chdir to cwd (\"{directory}\") set in config.json failed: no such file or directory",
        _ => failure.Message,
    };
}
