using Hearth.Containers;

namespace Hearth.OciRuntime;

/// <summary>
/// Why a process could not be started, in runc's words: engines look for some of them ("executable file not found in", "no such
/// file or directory", "permission denied") to tell a command that is missing from a runtime that failed.
/// </summary>
internal static class EngineFailures
{
    private const string Prefix = "unable to start container process";

    /// <summary>Does what makes or starts a process.</summary>
    /// <param name="act">runc's name of it: <c>create</c>, <c>start</c>, <c>exec</c>.</param>
    /// <param name="command">The process's first argument.</param>
    /// <param name="directory">Its working directory.</param>
    /// <param name="start">What starts it.</param>
    /// <exception cref="HearthException">As that failed, in these words.</exception>
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
