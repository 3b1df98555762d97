using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Hearth.Containers;

namespace Hearth.Records;

/// <summary>
/// An exception that no code expected: a fault of Hearth itself. The user gets one line, and a file has the details. The file
/// contains no arguments and no variables, since those may hold secrets.
/// </summary>
public static class CrashReport
{
    /// <summary>The folder of the state directory that holds the files.</summary>
    public const string Folder = "crash";

    /// <summary>The number of files kept. Older ones are removed, so that a fault that repeats does not fill the disk.</summary>
    private const int MostKept = 32;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// Writes the details to a file in the state directory, or in the temporary directory if the state directory cannot be
    /// written.
    /// </summary>
    /// <param name="failure">The exception.</param>
    /// <param name="act">The action that failed, as the object of "cannot": <c>complete 'hearth run'</c>.</param>
    /// <param name="stateDirectory">It need not exist.</param>
    /// <param name="clock">Gives the time of the fault.</param>
    /// <returns>The line for the user, as an exception with <see cref="HearthError.Unexpected"/>.</returns>
    public static HearthException Write(Exception failure, string act, string stateDirectory, TimeProvider clock)
    {
        string text = Compose(failure, act, clock);
        string? path = TryWrite(Path.Combine(stateDirectory, Folder), text, clock) ?? TryWrite(Path.Combine(Path.GetTempPath(), $"hearth-{Folder}"), text, clock);
        string cause = failure.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
        return new HearthException(
            HearthError.Unexpected,
            $"cannot {act}: unexpected {failure.GetType().Name}: {cause}; this is a fault of Hearth, please report it{(path is null ? "" : $" with the details in '{path}'")}",
            failure);
    }

    private static string Compose(Exception failure, string act, TimeProvider clock) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        time: {clock.GetUtcNow():O}
        version: {typeof(CrashReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}
        system: {RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}
        process: {Environment.ProcessId}
        fault: cannot {act}

        {failure}

        """);

    private static string? TryWrite(string directory, string text, TimeProvider clock)
    {
        try
        {
            Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
            string path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow():yyyyMMdd'T'HHmmss.fff}-{Guid.NewGuid().ToString("N")[..8]}.txt"));
            using (StreamWriter file = new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                file.Write(text);
            }

            foreach (string old in Directory.GetFiles(directory).Order(StringComparer.Ordinal).SkipLast(MostKept))
            {
                File.Delete(old);
            }

            return path;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
