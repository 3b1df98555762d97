using Hearth.Linux.Files;

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

    /// <summary>Writes a file by a stream. A device, a named pipe or what a link leads to is written directly.</summary>
    /// <exception cref="IOException">The disk is full, the directory is missing, or the path is one.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not write to the directory.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        if (Directory.Exists(path))
        {
            throw new IOException("it is a directory");
        }

        if (!FileReplacement.IsAllowed(path))
        {
            // A file behind a link may be longer than what is written to it now, or not exist yet.
            using FileStream device = new(path, FileMode.Create, FileAccess.Write);
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
}
