using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Runtime.State;

/// <summary>
/// A name that one running container has as its own: a directory beneath the run directory, locked by its holder. The lock goes
/// with the holder's process, however that ends, and whoever wants the name next takes the directory over.
/// </summary>
internal sealed class NameLease : IDisposable
{
    private const int MostCharacters = 128;

    private readonly string path;
    private readonly SafeFileHandle directory;

    private NameLease(string path, SafeFileHandle directory)
    {
        this.path = path;
        this.directory = directory;
    }

    /// <exception cref="RuntimeException">No name, or a running container has it, or the run directory cannot be written.</exception>
    public static NameLease Take(RuntimeDirectories directories, string name)
    {
        if (!IsName(name))
        {
            throw new RuntimeException(RuntimeError.InvalidRequest,
                $"'{name}' is no container id: letters, digits and '_', '.', '+', '-', the first a letter or digit, {MostCharacters} at most");
        }

        string path = Path.Combine(directories.Names, name);
        try
        {
            while (true)
            {
                Directory.CreateDirectory(path);
                Errno errno = DirectoryFiles.TryOpenRoot(path, out SafeFileHandle directory);
                if (errno == Errno.None && !FileLocks.TryLock(directory, exclusive: true))
                {
                    directory.Dispose();
                    throw new RuntimeException(RuntimeError.InvalidRequest, $"a container with the id '{name}' is running: give another id, or end it first");
                }

                // Its last holder may have removed it in between.
                if (errno == Errno.None && DirectoryFiles.TryStat(directory, "\0"u8, out FileStatus status) == Errno.None && status.LinkCount > 0)
                {
                    return new NameLease(path, directory);
                }

                directory.Dispose();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RuntimeException(RuntimeError.StorageFailed, $"cannot take the id '{name}' in '{directories.Names}': {exception.Message}; --run-dir names another place", exception);
        }
    }

    public void Dispose()
    {
        Directory.Delete(path);
        FileLocks.Release(directory);
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MostCharacters && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '+' or '-');
}
