using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Images.Pulling;
using Hearth.Images.Store;
using Hearth.Layers;
using Hearth.Tar;

namespace Hearth.Images.Checking;

/// <summary>
/// Reads all of a store, and finds what the disk has damaged since it was written: a start reads layers without a look at their digests. Parts of
/// layers that are fetched when they are read are not looked at.
/// </summary>
/// <param name="store">The store. A limit of its size does not hold for repairs.</param>
/// <param name="repairs">
/// Whether damaged layers are made again or removed, and names of images that cannot be read removed. Containers that run keep what they have open.
/// </param>
public sealed class StoreCheck(ImageStore store, bool repairs)
{
    /// <summary>The layers and bytes that were read so far.</summary>
    public (int Layers, long Bytes) Read { get; private set; }

    /// <returns>What is damaged, as it is found.</returns>
    /// <exception cref="ImageException">The store cannot be read, or a repair cannot be written.</exception>
    public async IAsyncEnumerable<StoreDamage> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        store.PrepareDrafts();

        // Nothing is removed meanwhile: neither what is read, nor the drafts of repairs.
        using StoreGate gate = StoreGate.Share(store.Paths.Gate);
        HashSet<Digest> seen = [];
        if (TryList() is not { } images)
        {
            bool isPutAside = repairs && store.TrySetNamesAside();
            yield return new StoreDamage("<all>", StorePart.Names, Path.GetFileName(store.Paths.Index), isPutAside ? DamageState.Removed : DamageState.Damaged);
            yield break;
        }

        foreach (StoredImage image in images.Where(image => seen.Add(image.Manifest.Digest)))
        {
            string name = image.Reference?.Familiar ?? image.Manifest.Digest.ToString();
            if (store.TryReadBlob(image.Manifest) is null)
            {
                yield return new StoreDamage(name, StorePart.Manifest, image.Manifest.DigestText, repairs ? Remove(image) : DamageState.Damaged);
                continue;
            }

            ImageManifest manifest = store.ReadManifest(image.Manifest);
            if (store.TryReadBlob(manifest.Config!) is null)
            {
                yield return new StoreDamage(name, StorePart.Configuration, manifest.Config!.DigestText, repairs ? Remove(image) : DamageState.Damaged);
                continue;
            }

            Digest[] contents = [.. store.ReadConfiguration(manifest, name).Rootfs?.DiffIds.Select(Digest.Parse) ?? []];
            foreach ((Descriptor layer, Digest content) in manifest.Layers.Zip(contents).Where(layer => seen.Add(layer.First.Digest)))
            {
                if (await CheckAsync(layer, content, cancellationToken).ConfigureAwait(false) is { } damage)
                {
                    yield return new StoreDamage(name, damage.Part, layer.DigestText, damage.State);
                }
            }
        }
    }

    private IReadOnlyList<StoredImage>? TryList()
    {
        try
        {
            return store.List();
        }
        catch (ImageException exception) when (exception.InnerException is ImageException)
        {
            return null;
        }
    }

    private async Task<(StorePart Part, DamageState State)?> CheckAsync(Descriptor layer, Digest content, CancellationToken cancellationToken)
    {
        if (Directory.Exists(store.Paths.LazyOf(layer.Digest)))
        {
            return null;
        }

        try
        {
            // Nobody fetches the layer meanwhile.
            using BlobDraft held = await BlobDraft.BeginAsync(store.Paths, layer, cancellationToken).ConfigureAwait(false);
            bool isLeft = held.Length > 0;
            try
            {
                return Check(layer, content, cancellationToken);
            }
            finally
            {
                if (!isLeft)
                {
                    File.Delete(store.Paths.IngestOf(layer.Digest));
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Linux.LinuxException)
        {
            throw store.StorageFailure("check", $"the layer {layer.Digest}", exception);
        }
    }

    private (StorePart Part, DamageState State)? Check(Descriptor layer, Digest content, CancellationToken cancellationToken)
    {
        Read = (Read.Layers + 1, Read.Bytes);
        if (!store.HasBlob(layer) || !IsIntact(store.Paths.BlobOf(layer.Digest), layer.Digest, cancellationToken))
        {
            return (StorePart.Layer, repairs ? Remove(layer, content, cancellationToken) : DamageState.Damaged);
        }

        return IsSound(layer, content, cancellationToken) ? null : (StorePart.Content, repairs ? Remake(layer, content, cancellationToken) : DamageState.Damaged);
    }

    /// <summary>Whether a start can use what was made from the layer.</summary>
    private bool IsSound(Descriptor layer, Digest content, CancellationToken cancellationToken)
    {
        string windows = store.Paths.WindowsOf(layer.Digest);
        return store.TryReadIndex(layer.Digest) is { } index && index.Content == content
            && new FileInfo(store.Paths.ContentOf(layer.Digest)) is { Exists: true } file && file.Length == index.Size
            && IsIntact(file.FullName, content, cancellationToken)
            && File.Exists(windows) && IsIntact(windows, index.WindowsDigest, cancellationToken);
    }

    private bool IsIntact(string path, Digest digest, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = digest.CreateHash();
        using FileStream file = File.OpenRead(path);
        using TappedStream counted = new(file, bytes =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(bytes);
            Read = (Read.Layers, Read.Bytes + bytes.Length);
        });
        counted.CopyTo(Stream.Null);
        return digest.Matches(hash.GetHashAndReset());
    }

    /// <summary>Removes all names of an image.</summary>
    private DamageState Remove(StoredImage image)
    {
        store.Remove(other => other.Manifest.Digest == image.Manifest.Digest);
        return DamageState.Removed;
    }

    /// <summary>What is made from the layer stays if it is not damaged, as it is where it is the same file: starts use it.</summary>
    private DamageState Remove(Descriptor layer, Digest content, CancellationToken cancellationToken)
    {
        File.Delete(store.Paths.BlobOf(layer.Digest));
        if (Directory.Exists(store.Paths.LayerOf(layer.Digest)) && !IsSound(layer, content, cancellationToken))
        {
            Directory.Delete(store.Paths.LayerOf(layer.Digest), recursive: true);
        }

        return DamageState.Removed;
    }

    private DamageState Remake(Descriptor layer, Digest content, CancellationToken cancellationToken)
    {
        using Stream blob = store.OpenBlob(layer);
        using LayerDraft draft = new(store.Paths, layer, StoreBudget.Reserve(store, layer.DigestText, needed: 0));
        using LayerBeginning beginning = new(blob);
        draft.Commit(LayerScan.Run(beginning, layer.Digest, content, beginning.Compression, draft.Writer, draft.Windows, new ArchiveWarnings(), cancellationToken));
        return DamageState.Repaired;
    }
}
