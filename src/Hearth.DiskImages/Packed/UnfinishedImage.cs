using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.DiskImages.Packed;

/// <summary>
/// An image under construction: a file beside its target, renamed to the target when it is complete and flushed to the disk.
/// A killed process leaves a file that cannot be mistaken for an image. The next construction of the same image removes it.
/// </summary>
internal sealed class UnfinishedImage : IDisposable
{
    private const string Suffix = ".unfinished";

    private readonly string target;
    private SafeFileHandle? owned;

    private UnfinishedImage(string target, string path, SafeFileHandle owned)
    {
        this.target = target;
        Path = path;
        this.owned = owned;
    }

    /// <summary>Where the image is built.</summary>
    internal string Path { get; }

    internal static string PathOf(string target) => $"{target}.{Environment.ProcessId}{Suffix}";

    /// <param name="target">The image. If it is a link, the file that it leads to is replaced.</param>
    /// <exception cref="PackingException">The directory is missing or cannot be written, or the target is no regular file.</exception>
    internal static UnfinishedImage Create(string target)
    {
        string full = System.IO.Path.GetFullPath(target);
        try
        {
            full = new FileInfo(full).LinkTarget is null ? full : File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName;
            if (!FileReplacement.IsAllowed(full))
            {
                throw new PackingException(PackingError.StorageFailed, $"cannot write the image '{target}': it is not a regular file; name a file or a new one");
            }

            string path = PathOf(full);
            RemoveAbandoned(full);
            return new UnfinishedImage(full, path, File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PackingException(PackingError.StorageFailed, $"cannot write the image '{full}': {exception.Message}", exception);
        }
    }

    /// <summary>The bytes allocated so far.</summary>
    internal long AllocatedBytes => FileAllocation.BytesOf(owned!);

    /// <summary>Sets the file's size; all of it is a hole.</summary>
    /// <exception cref="PackingException">The file system does not support a file of this size.</exception>
    internal void Reserve(long sizeInBytes)
    {
        try
        {
            RandomAccess.SetLength(owned!, sizeInBytes);
        }
        catch (IOException exception)
        {
            throw new PackingException(PackingError.StorageFailed, $"cannot make the image '{target}' of {sizeInBytes} bytes: {exception.Message}", exception);
        }
    }

    /// <summary>Moves the complete image to its target, and replaces an existing file.</summary>
    /// <returns>The bytes that it takes on the disk.</returns>
    /// <exception cref="PackingException">The disk is full, or the directory is gone.</exception>
    internal long Finish()
    {
        try
        {
            RandomAccess.FlushToDisk(owned!);
            long bytes = FileAllocation.BytesOf(owned!);
            owned!.Dispose();
            owned = null;
            File.Move(Path, target, overwrite: true);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PackingException(PackingError.StorageFailed, $"cannot finish the image '{target}': {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        if (owned is not null)
        {
            owned.Dispose();
            File.Delete(Path);
        }
    }

    private static void RemoveAbandoned(string target)
    {
        string directory = System.IO.Path.GetDirectoryName(target)!;
        string name = System.IO.Path.GetFileName(target);
        foreach (string path in Directory.EnumerateFiles(directory, $"{name}.*{Suffix}"))
        {
            string owner = System.IO.Path.GetFileName(path)[(name.Length + 1)..^Suffix.Length];
            if (int.TryParse(owner, out int pid) && !Directory.Exists($"/proc/{pid}"))
            {
                File.Delete(path);
            }
        }
    }
}
