using System.Text;
using Hearth.Distribution.Manifests;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Store;

/// <summary>
/// A blob that is being fetched. One process at a time holds it. What an earlier one left is used: its bytes are verified with
/// the rest.
/// </summary>
internal sealed class BlobDraft : IDisposable
{
    private readonly StorePaths paths;
    private readonly Descriptor blob;
    private readonly SafeFileHandle file;

    private BlobDraft(StorePaths paths, Descriptor blob, SafeFileHandle file)
    {
        this.paths = paths;
        this.blob = blob;
        this.file = file;
    }

    /// <summary>Bytes that an earlier fetch left.</summary>
    public long Length => RandomAccess.GetLength(file);

    /// <summary>Waits until no other process fetches the blob; afterwards look whether it is there.</summary>
    /// <exception cref="IOException">The store cannot be written.</exception>
    public static async Task<BlobDraft> BeginAsync(StorePaths paths, Descriptor blob, CancellationToken cancellationToken)
    {
        while (true)
        {
            string path = paths.IngestOf(blob.Digest);
            SafeFileHandle file = Open(path);
            try
            {
                if (!FileLocks.TryLock(file, exclusive: true))
                {
                    await Task.Factory.StartNew(() => FileLocks.Lock(file, exclusive: true), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                        .WaitAsync(cancellationToken).ConfigureAwait(false);
                }

                // Whoever held it may have finished and moved the file away.
                if (FileLocks.IsAt(file, path))
                {
                    return new BlobDraft(paths, blob, file);
                }

                FileLocks.Release(file);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
    }

    /// <summary>The bytes so far, and then those of the given stream, which are written as they are read.</summary>
    /// <param name="rest">The blob from <see cref="Length"/> on.</param>
    public Stream Read(Stream rest) => new ResumedStream(file, Length, blob.Size, rest);

    /// <summary>Forgets the bytes so far.</summary>
    public void Restart() => RandomAccess.SetLength(file, 0);

    /// <summary>Moves the verified blob to its place.</summary>
    /// <param name="content">A file of the store with the same bytes: the blob becomes another name of it. Null if there is none.</param>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public void Commit(string? content)
    {
        string target = paths.BlobOf(blob.Digest);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (content is not null && TryLink(content, target))
        {
            File.Delete(paths.IngestOf(blob.Digest));
            return;
        }

        RandomAccess.FlushToDisk(file);
        File.Move(paths.IngestOf(blob.Digest), target, overwrite: true);
    }

    public void Dispose() => FileLocks.Release(file);

    /// <summary>False also where a file system has no hard links.</summary>
    private static bool TryLink(string content, string target)
    {
        using SafeFileHandle held = File.OpenHandle(content, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Errno errno = DirectoryFiles.TryOpenRoot(Path.GetDirectoryName(target)!, out SafeFileHandle directory);
        using (directory)
        {
            return errno == Errno.None && DirectoryChanges.TryLink(held, directory, Encoding.ASCII.GetBytes(Path.GetFileName(target) + '\0').AsSpan()[..^1]) == Errno.None;
        }
    }

    /// <summary>Not by .NET, which takes a shared lock of its own at once and fails where another process holds the blob.</summary>
    private static SafeFileHandle Open(string path)
    {
        Errno errno = AppendedFiles.TryOpen(path, out SafeFileHandle file);
        return errno == Errno.None ? file : throw new LinuxException("open", errno, path);
    }
}
