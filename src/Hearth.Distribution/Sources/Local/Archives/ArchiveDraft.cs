using Microsoft.Win32.SafeHandles;

namespace Hearth.Distribution.Sources.Local.Archives;

/// <summary>
/// Makes a file that can be read at any place of an archive. A plain archive in a file is that already; a compressed one, or
/// one from a pipe, is written to a file without a name.
/// </summary>
internal static class ArchiveDraft
{
    private const int CopyBytes = 1 << 20;

    /// <param name="name">For messages.</param>
    /// <param name="path">The archive.</param>
    /// <param name="directory">For the file without a name.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The file; it belongs to the caller.</returns>
    /// <exception cref="ImageException">The archive cannot be read or decompressed.</exception>
    public static async Task<SafeFileHandle> OpenAsync(string name, string path, string directory, CancellationToken cancellationToken)
    {
        try
        {
            SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            FileStream stream = new(file, FileAccess.Read, bufferSize: 0);
            if (stream.CanSeek)
            {
                bool isPlain = await ArchiveStream.IsPlainAsync(name, stream, cancellationToken).ConfigureAwait(false);
                stream.Seek(0, SeekOrigin.Begin);
                if (isPlain)
                {
                    return file;
                }
            }

            using (stream)
            {
                return await SpoolAsync(name, stream, directory, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw LocalReading.Failure(name, exception);
        }
    }

    /// <summary>Reads an archive to its end, decompresses it if it is compressed, and writes it to a file without a name.</summary>
    /// <exception cref="ImageException">The archive cannot be read or decompressed.</exception>
    public static async Task<SafeFileHandle> SpoolAsync(string name, Stream archive, string directory, CancellationToken cancellationToken)
    {
        string path = Path.Combine(directory, $"archive-{Guid.NewGuid():N}");
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            File.Delete(path);
            await CopyAsync(name, archive, file, cancellationToken).ConfigureAwait(false);
            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw LocalReading.Failure(name, exception);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    private static async Task CopyAsync(string name, Stream archive, SafeFileHandle file, CancellationToken cancellationToken)
    {
        using ArchiveStream content = await ArchiveStream.OpenAsync(name, archive, cancellationToken).ConfigureAwait(false);
        byte[] buffer = new byte[CopyBytes];
        long position = 0;
        for (int count; (count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; position += count)
        {
            await RandomAccess.WriteAsync(file, buffer.AsMemory(0, count), position, cancellationToken).ConfigureAwait(false);
        }
    }
}
