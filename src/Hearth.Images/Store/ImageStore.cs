using Hearth.Containers;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Layers.Index;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Store;

/// <summary>
/// Images of this host. Many processes use one store at the same time. Nothing in it is ever changed: files are written beside
/// their place, verified, and moved. <see cref="StorePaths"/> has the layout.
/// </summary>
public sealed class ImageStore
{
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TimeProvider clock;
    private readonly NameIndex names;

    /// <param name="directory">It need not exist yet.</param>
    /// <param name="clock">The time of names; null for the system's.</param>
    public ImageStore(string directory, TimeProvider? clock = null)
    {
        Paths = new StorePaths(Path.GetFullPath(directory));
        this.clock = clock ?? TimeProvider.System;
        names = new NameIndex(Paths);
    }

    public string Directory => Paths.Directory;

    /// <summary>Null for a store that may become as large as the disk.</summary>
    public StoreLimit? Limit { get; init; }

    /// <summary>The file oci-layout (image-spec, image-layout.md).</summary>
    internal static ReadOnlySpan<byte> LayoutText => """{"imageLayoutVersion":"1.0.0"}"""u8;

    internal StorePaths Paths { get; }

    /// <summary>All names, in the order in which they were given.</summary>
    /// <exception cref="ImageException">The store is damaged.</exception>
    public IReadOnlyList<StoredImage> List() => Attempt("list", "the images", names.Read);

    /// <summary>Puts the file of names aside if it is damaged.</summary>
    /// <returns>Whether it was.</returns>
    internal bool TrySetNamesAside() => Attempt("repair", "the names of images", names.TrySetAside);

    /// <summary>Finds an image by its name; null if there is none.</summary>
    public StoredImage? Find(ImageReference reference)
    {
        ImageReference full = reference.WithDefaultTag();
        return List().FirstOrDefault(image => image.Reference is { } name && Matches(image, name, full));
    }

    /// <summary>Gives a name to an image whose blobs are in the store. An image that had the name keeps its place without one.</summary>
    /// <exception cref="ImageException">The store cannot be written.</exception>
    public StoredImage Name(ImageReference? reference, Descriptor manifest, Digest? source)
    {
        StoredImage named = new(reference, manifest, source, clock.GetUtcNow());
        Attempt<object?>("name", reference?.Familiar ?? manifest.Digest.ToString(), () =>
        {
            Prepare();
            names.Change(before =>
            [
                .. before.Select(image => reference is not null && image.Reference == reference ? image with { Reference = null } : image)
                    .Where(image => image.Reference is not null || image.Manifest.Digest != manifest.Digest)
                    .Where(image => image.Reference is not null || !before.Any(other => other.Reference is not null && other.Reference != reference && other.Manifest.Digest == image.Manifest.Digest)),
                named,
            ]);
            return null;
        });
        return named;
    }

    /// <summary>Removes names. Blobs that nothing refers to any more are removed by <see cref="StoreCollection"/>.</summary>
    public void Remove(Func<StoredImage, bool> selected) => Attempt<object?>("remove", "images", () =>
    {
        Prepare();
        names.Change(before => before.Where(image => !selected(image)));
        return null;
    });

    /// <summary>Removes names of images that nobody uses.</summary>
    /// <param name="selected">Those that may be removed.</param>
    /// <param name="listUsed">The manifests that containers use. It is called after the look for leases: who holds one makes a container, and then releases it.</param>
    /// <returns>The removed names, and those that were there before.</returns>
    public (IReadOnlyList<StoredImage> Removed, IReadOnlyList<StoredImage> Before) Release(Func<StoredImage, bool> selected, Func<IReadOnlySet<string>> listUsed) => Attempt("remove", "images", () =>
    {
        Prepare();
        IReadOnlyList<StoredImage> all = [], removed = [];
        names.Change(before =>
        {
            StoredImage[] free = [.. before.Where(image => selected(image) && !ImageLease.IsHeld(Paths, image.Manifest.Digest))];
            IReadOnlySet<string> used = listUsed();
            (all, removed) = (before, [.. free.Where(image => !used.Contains(image.Manifest.DigestText))]);
            return before.Except(removed);
        });
        return (removed, all);
    });

    /// <summary>Whether the store has a blob of this digest and size.</summary>
    public bool HasBlob(Descriptor blob) => new FileInfo(Paths.BlobOf(blob.Digest)) is { Exists: true } file && file.Length == blob.Size;

    /// <summary>Reads a manifest or a configuration, and verifies it.</summary>
    /// <exception cref="ImageException">It is not in the store, or is damaged.</exception>
    public ReadOnlyMemory<byte> ReadBlob(Descriptor blob) => Attempt<ReadOnlyMemory<byte>>("read", blob.Digest.ToString(), () =>
    {
        string path = Paths.BlobOf(blob.Digest);
        return File.Exists(path) && File.ReadAllBytes(path) is var bytes && blob.Digest.IsOf(bytes)
            ? bytes
            : throw new ImageException(ImageError.DigestMismatch, $"cannot use the blob {blob.Digest} of the image store '{Directory}': it is damaged or missing; 'hearth pull' fetches it again");
    });

    /// <summary>Reads a manifest or a configuration; null if it is not in the store, or is damaged.</summary>
    /// <exception cref="ImageException">The store cannot be read.</exception>
    public byte[]? TryReadBlob(Descriptor blob) => Attempt("read", blob.Digest.ToString(), () =>
        HasBlob(blob) && File.ReadAllBytes(Paths.BlobOf(blob.Digest)) is var bytes && blob.Digest.IsOf(bytes) ? bytes : null);

    /// <summary>Reads an image's manifest.</summary>
    public ImageManifest ReadManifest(Descriptor manifest) =>
        ManifestReading.ReadManifest(new Document(manifest.MediaType, manifest.Digest, ReadBlob(manifest)));

    /// <summary>Reads a manifest whose size is not known.</summary>
    /// <exception cref="ImageException">It is not in the store, or is damaged.</exception>
    public ImageManifest ReadManifest(Digest digest)
    {
        ReadOnlyMemory<byte> bytes = ReadBlob(new Descriptor { DigestText = digest.ToString() });
        return ManifestReading.ReadManifest(new Document(ManifestReading.TypeOf(bytes, digest.ToString()), digest, bytes));
    }

    /// <summary>Reads an image's configuration.</summary>
    public ImageConfiguration ReadConfiguration(ImageManifest manifest, string name) =>
        ManifestReading.ReadConfiguration(ReadBlob(manifest.Config!), manifest, name);

    /// <summary>Stores a manifest or a configuration.</summary>
    /// <exception cref="ImageException">The bytes have another digest, or the store cannot be written.</exception>
    public void WriteBlob(Digest digest, ReadOnlyMemory<byte> bytes) => Attempt<object?>("store", digest.ToString(), () =>
    {
        if (!digest.IsOf(bytes.Span))
        {
            throw new ImageException(ImageError.DigestMismatch, $"cannot store the blob {digest}: its bytes have the digest {Digest.Of(bytes.Span)}");
        }

        Prepare();
        string path = Paths.BlobOf(digest);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, bytes.Span);
        return null;
    });

    /// <summary>Refuses what needs whole layers of an image that is there only in parts.</summary>
    /// <param name="act">What needs them, such as <c>push</c>.</param>
    /// <param name="name">The image, for the message.</param>
    /// <param name="manifest">The image's.</param>
    /// <exception cref="ImageException">A layer is not there, or only in parts.</exception>
    internal void RequireLayers(string act, string name, ImageManifest manifest)
    {
        if (manifest.Layers.FirstOrDefault(layer => !File.Exists(Paths.BlobOf(layer.Digest))) is { } missing)
        {
            throw new ImageException(
                ImageError.StorageFailed, $"cannot {act} '{name}': not all of its layer {missing.Digest} is in the image store '{Directory}'; 'hearth pull' fetches the rest");
        }
    }

    /// <summary>Opens a blob as the registry has it.</summary>
    /// <exception cref="ImageException">It is not in the store.</exception>
    public Stream OpenBlob(Descriptor blob) => Attempt<Stream>("read", blob.Digest.ToString(), () => File.OpenRead(Paths.BlobOf(blob.Digest)));

    /// <summary>Whether a layer's content and index are in the store.</summary>
    public bool HasLayer(Digest layer) => File.Exists(Paths.IndexOf(layer)) && File.Exists(Paths.ContentOf(layer));

    /// <summary>Whether all of a layer is in the store.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="content">The digest that its content must have.</param>
    public bool HasWhole(Descriptor layer, Digest content) =>
        HasBlob(layer) && TryReadIndex(layer.Digest) is { } index && index.Content == content && new FileInfo(Paths.ContentOf(layer.Digest)) is { Exists: true } file && file.Length == index.Size;

    /// <summary>The uncompressed size of a layer, in bytes, also if the store has it in parts; 0 if it is not in the store.</summary>
    public long SizeOfContent(Digest layer) =>
        ((string[])[Paths.ContentOf(layer), Paths.LazyContentOf(layer)]).Select(path => new FileInfo(path)).FirstOrDefault(file => file.Exists)?.Length ?? 0;

    /// <summary>The repository of a layer that the store has in parts; null if it is not known.</summary>
    public ImageReference? FindOrigin(Digest layer)
    {
        try
        {
            return ImageReference.TryParse(File.ReadAllText(Paths.LazyOriginOf(layer)), out ImageReference? repository) ? repository : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads a layer's index; null if the layer is not in the store, or its index is damaged.</summary>
    public LayerIndex? TryReadIndex(Digest layer) => TryReadIndex(Paths.IndexOf(layer));

    /// <summary>Reads the index of a layer of which only parts were fetched; null if there is none, or it is damaged.</summary>
    internal LayerIndex? TryReadLazyIndex(Digest layer) => TryReadIndex(Paths.LazyIndexOf(layer));

    /// <summary>Reads the windows of a layer's spans.</summary>
    /// <exception cref="ImageException">They are not in the store, or damaged.</exception>
    internal byte[] ReadWindows(LayerIndex index) => Attempt("read", $"the windows of the layer {index.Layer}", () =>
    {
        byte[] windows = File.ReadAllBytes(Paths.WindowsOf(index.Layer));
        return index.WindowsDigest.IsOf(windows)
            ? windows
            : throw new ImageException(ImageError.DigestMismatch, $"cannot use the windows of the layer {index.Layer} in the image store '{Directory}': they are damaged; remove the image and pull it again");
    });

    /// <summary>Opens a layer's uncompressed bytes.</summary>
    /// <exception cref="ImageException">They are not in the store.</exception>
    public SafeFileHandle OpenContent(Digest layer) => Attempt("read", $"the layer {layer}", () =>
        File.OpenHandle(Paths.ContentOf(layer), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess));

    /// <summary>Makes the store's directories, and names the one for files that are not finished: 'hearth image prune' removes what stays there.</summary>
    /// <exception cref="ImageException">The store cannot be written.</exception>
    public string PrepareDrafts() => Attempt("prepare", "a directory", () =>
    {
        Prepare();
        return Paths.Ingest;
    });

    /// <summary>Makes the directories.</summary>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not write there.</exception>
    internal void Prepare()
    {
        System.IO.Directory.CreateDirectory(Paths.Directory, OwnersOnly);
        foreach (string directory in (string[])[Paths.Blobs, Paths.Layers, Paths.Lazy, Paths.Traces, Paths.Ingest, Paths.Leases, Paths.Gate])
        {
            System.IO.Directory.CreateDirectory(directory);
        }

        if (!File.Exists(Paths.Layout))
        {
            using DirectoryLock alone = DirectoryLock.Take(Paths.Directory);
            AtomicFile.Write(Paths.Layout, LayoutText);
        }
    }

    /// <summary>Does something with the store's files.</summary>
    /// <exception cref="ImageException">They cannot be read or written.</exception>
    internal T Attempt<T>(string act, string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Linux.LinuxException)
        {
            throw StorageFailure(act, what, exception);
        }
    }

    internal ImageException StorageFailure(string act, string what, Exception exception) =>
        new(ImageError.StorageFailed, $"cannot {act} {what} in the image store '{Directory}': {exception.Message}", exception);

    private static LayerIndex? TryReadIndex(string path)
    {
        try
        {
            return LayerIndexFile.Read(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is ImageException or IOException or UnauthorizedAccessException)
        {
            // Also where the disk fails: the layer is fetched again, and what cannot be written says why.
            return null;
        }
    }

    private static bool Matches(StoredImage image, ImageReference name, ImageReference wanted) => wanted.Digest is Digest digest
        ? name.Repository == wanted.Repository && (image.Manifest.Digest == digest || image.Source == digest)
        : name == wanted;
}
