using System.Text;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Containers;

/// <summary>Writes a file completely or not at all: it writes a temporary file beside it, calls fsync, and renames it.</summary>
public static class AtomicFile
{
    /// <summary>The end of temporary files' names: a writer that is killed leaves such a file.</summary>
    public const string DraftSuffix = ".new";

    /// <param name="path">The file.</param>
    /// <param name="content">All of it.</param>
    /// <param name="mode">Who may do what with it; null for what the process's mask leaves.</param>
    /// <exception cref="IOException">The disk is full, or the directory is missing.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not write to the directory.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null)
    {
        string temporary = $"{path}.{Path.GetRandomFileName()}{DraftSuffix}";
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, UnixCreateMode = mode };
            using (var file = new FileStream(temporary, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes a file by a stream. What <see cref="MayReplace"/> says no to is written directly.</summary>
    /// <exception cref="IOException">The disk is full, or the directory is missing.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not write to the directory.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        if (!MayReplace(path))
        {
            using FileStream device = new(path, FileMode.Open, FileAccess.Write);
            write(device);
            return;
        }

        string temporary = $"{path}.{Path.GetRandomFileName()}{DraftSuffix}";
        try
        {
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>False for a device, a named pipe or a link such as /dev/stdout, since a rename would replace it with a file.</summary>
    public static bool MayReplace(string path)
    {
        string full = Path.GetFullPath(path);
        Errno errno = DirectoryFiles.TryOpenRoot(Path.GetDirectoryName(full) ?? full, out SafeFileHandle directory);
        using (directory)
        {
            return errno != Errno.None
                || DirectoryFiles.TryStat(directory, Encoding.UTF8.GetBytes(Path.GetFileName(full) + '\0'), out FileStatus status) != Errno.None
                || status.IsRegularFile;
        }
    }
}
