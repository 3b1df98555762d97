using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Store;

/// <summary>Keeps an image's blobs in the store while it is used, with or without a name. The kernel ends it with its process.</summary>
public sealed class ImageLease : IDisposable
{
    private readonly SafeFileHandle file;

    private ImageLease(SafeFileHandle file) => this.file = file;

    /// <summary>Takes a lease; waits while something is removed from the store.</summary>
    /// <param name="store">Has the image.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <exception cref="ImageException">The image is not in the store any more.</exception>
    public static ImageLease Take(ImageStore store, Digest manifest) => store.Attempt("use", $"the image {manifest}", () =>
    {
        store.Prepare();
        using StoreGate gate = StoreGate.Share(store.Paths.Gate);
        if (!File.Exists(store.Paths.BlobOf(manifest)))
        {
            throw new ImageException(ImageError.Unknown, $"cannot use the image {manifest}: it is not in the image store '{store.Directory}'; 'hearth pull' fetches it");
        }

        SafeFileHandle file = File.OpenHandle(store.Paths.LeaseOf(manifest), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        FileLocks.Lock(file, exclusive: false);
        return new ImageLease(file);
    });

    public void Dispose() => FileLocks.Release(file);

    /// <summary>The manifests that somebody uses. The files of those that nobody uses are removed.</summary>
    internal static IReadOnlyList<string> ListHeld(StorePaths paths)
    {
        List<string> held = [];
        foreach (string path in Directory.EnumerateFiles(paths.Leases))
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            if (FileLocks.TryLock(file, exclusive: true))
            {
                File.Delete(path);
            }
            else
            {
                held.Add(Path.GetFileName(path));
            }
        }

        return held;
    }
}
