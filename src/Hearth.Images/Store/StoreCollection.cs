using Hearth.Containers;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Linux.Files;

namespace Hearth.Images.Store;

/// <summary>
/// Removes from a store what no name and no running container needs: it marks from names and leases, and removes the rest.
/// While somebody pulls or starts a container, nothing is removed; the next collection does it.
/// </summary>
public sealed class StoreCollection(ImageStore store)
{
    /// <param name="withUnfinished">Whether to remove what interrupted pulls left, which the next pull could use.</param>
    /// <returns>The removed blobs and their bytes on the disk; null if the store is in use.</returns>
    /// <exception cref="ImageException">Something cannot be removed.</exception>
    public CollectedBytes? Run(bool withUnfinished) => store.Attempt("remove", "unused blobs", () =>
    {
        store.Prepare();
        using StoreGate? gate = StoreGate.TryTakeAlone(store.Paths.Gate);
        if (gate is null)
        {
            return null;
        }

        HashSet<string> needed = FindNeeded();
        List<string> removed = [];
        long bytes = 0;
        foreach (string path in System.IO.Directory.EnumerateFiles(store.Paths.Blobs, "*", SearchOption.AllDirectories).Where(path => !needed.Contains(Path.GetFileName(path))))
        {
            bytes += StoreUse.BytesReleasedBy(path);
            File.Delete(path);
            removed.Add($"{Path.GetFileName(Path.GetDirectoryName(path))}:{Path.GetFileName(path)}");
        }

        foreach (string path in System.IO.Directory.EnumerateFiles(store.Paths.Traces).Where(path => !needed.Contains(Path.GetFileNameWithoutExtension(path))).ToArray())
        {
            bytes += StoreUse.BytesReleasedBy(path);
            File.Delete(path);
        }

        IEnumerable<string> layers = System.IO.Directory.EnumerateDirectories(store.Paths.Layers).Where(path => !needed.Contains(Path.GetFileName(path)));
        IEnumerable<string> parts = System.IO.Directory.EnumerateDirectories(store.Paths.Lazy).Where(path => !needed.Contains(Path.GetFileName(path)) || IsWhole(Path.GetFileName(path)));
        foreach (string path in layers.Concat(parts).ToArray())
        {
            bytes += System.IO.Directory.EnumerateFiles(path).Sum(StoreUse.BytesReleasedBy);
            System.IO.Directory.Delete(path, recursive: true);
        }

        return new CollectedBytes(removed, bytes + (withUnfinished ? RemoveUnfinished() : 0));
    });

    /// <summary>Whether a layer of which there are parts came as a whole too.</summary>
    private bool IsWhole(string hex) => File.Exists(Path.Combine(store.Paths.Layers, hex, "index"))
        && System.IO.Directory.EnumerateDirectories(store.Paths.Blobs).Any(algorithm => File.Exists(Path.Combine(algorithm, hex)));

    private HashSet<string> FindNeeded()
    {
        HashSet<string> needed = new(StringComparer.Ordinal);
        IEnumerable<Descriptor> named = store.List().Select(image => image.Manifest);
        IEnumerable<Descriptor> leased = ImageLease.ListHeld(store.Paths).Select(Describe).OfType<Descriptor>();
        foreach (Descriptor descriptor in named.Concat(leased).DistinctBy(descriptor => descriptor.Digest))
        {
            needed.Add(descriptor.Digest.Hex);
            if (!store.HasBlob(descriptor))
            {
                continue;
            }

            ImageManifest manifest = store.ReadManifest(descriptor);
            needed.Add(manifest.Config!.Digest.Hex);
            needed.UnionWith(manifest.Layers.Select(layer => layer.Digest.Hex));
        }

        return needed;
    }

    private Descriptor? Describe(string hex)
    {
        Digest digest = Digest.FromHex(hex);
        FileInfo file = new(store.Paths.BlobOf(digest));
        return file.Exists ? new Descriptor { MediaType = MediaTypes.OciManifest, DigestText = digest.ToString(), Size = file.Length } : null;
    }

    private long RemoveUnfinished()
    {
        long bytes = 0;
        foreach (string path in System.IO.Directory.EnumerateFiles(store.Paths.Ingest))
        {
            bytes += StoreUse.BytesReleasedBy(path);
            File.Delete(path);
        }

        foreach (string path in System.IO.Directory.EnumerateDirectories(store.Paths.Ingest))
        {
            bytes += System.IO.Directory.EnumerateFiles(path).Sum(StoreUse.BytesReleasedBy);
            System.IO.Directory.Delete(path, recursive: true);
        }

        return bytes + RemoveDrafts(store.Paths.Directory, SearchOption.TopDirectoryOnly) + RemoveDrafts(store.Paths.Lazy, SearchOption.AllDirectories);
    }

    /// <summary>Removes what killed writers of <see cref="AtomicFile"/> left. They hold the directory's lock while they write.</summary>
    private static long RemoveDrafts(string directory, SearchOption depth)
    {
        using DirectoryLock alone = DirectoryLock.Take(directory);
        long bytes = 0;
        foreach (string path in System.IO.Directory.EnumerateFiles(directory, $"*{AtomicFile.DraftSuffix}", depth))
        {
            bytes += StoreUse.BytesReleasedBy(path);
            File.Delete(path);
        }

        return bytes;
    }
}
