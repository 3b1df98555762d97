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

        return Open(store, manifest);
    });

    /// <summary>Takes a lease on an image that has a place in the store's list: its names stay there, too, until <see cref="ImageStore.Release"/>.</summary>
    /// <returns>Null if the list does not have it any more.</returns>
    /// <exception cref="ImageException">The store cannot be read or written.</exception>
    public static ImageLease? TryTakeListed(ImageStore store, Digest manifest) => store.Attempt("use", $"the image {manifest}", () =>
    {
        store.Prepare();
        using StoreGate gate = StoreGate.Share(store.Paths.Gate);
        using DirectoryLock names = DirectoryLock.Take(store.Directory);
        return store.List().Any(image => image.Manifest.Digest == manifest) ? Open(store, manifest) : null;
    });

    public void Dispose() => FileLocks.Release(file);

    /// <summary>Whether somebody uses an image. No lease is taken meanwhile by <see cref="TryTakeListed"/> if the caller holds the lock of names.</summary>
    internal static bool IsHeld(StorePaths paths, Digest manifest)
    {
        if (!File.Exists(paths.LeaseOf(manifest)))
        {
            return false;
        }

        using SafeFileHandle file = Open(paths, manifest);
        return !FileLocks.TryLock(file, exclusive: true);
    }

    private static ImageLease Open(ImageStore store, Digest manifest)
    {
        SafeFileHandle file = Open(store.Paths, manifest);
        FileLocks.Lock(file, exclusive: false);
        return new ImageLease(file);
    }

    private static SafeFileHandle Open(StorePaths paths, Digest manifest) =>
        File.OpenHandle(paths.LeaseOf(manifest), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

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
