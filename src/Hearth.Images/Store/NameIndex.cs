using System.Globalization;
using System.Text.Json;
using Hearth.Containers;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Linux.Files;

namespace Hearth.Images.Store;

/// <summary>
/// The names of a store: the layout's index.json, one descriptor for each name. Changes are made under a lock, and the file is
/// replaced as a whole.
/// </summary>
internal sealed class NameIndex(StorePaths paths)
{
    private const string SourceAnnotation = "org.hearth.source";
    private const string AddedAnnotation = "org.hearth.added";

    /// <exception cref="ImageException">The file is damaged.</exception>
    public IReadOnlyList<StoredImage> Read() => [.. ReadFile().Manifests.Select(Understand)];

    /// <summary>Puts a damaged file aside, so that the store has no names.</summary>
    /// <returns>False if the file is sound.</returns>
    public bool TrySetAside()
    {
        using DirectoryLock alone = DirectoryLock.Take(paths.Directory);
        try
        {
            _ = ReadFile();
            return false;
        }
        catch (ImageException)
        {
            File.Move(paths.Index, paths.Index + ".damaged", overwrite: true);
            return true;
        }
    }

    /// <summary>Replaces the names.</summary>
    /// <param name="change">From those of before to those of now.</param>
    /// <exception cref="ImageException">The file is damaged, or would be larger than <see cref="Read"/> accepts.</exception>
    public void Change(Func<IReadOnlyList<StoredImage>, IEnumerable<StoredImage>> change)
    {
        using DirectoryLock alone = DirectoryLock.Take(paths.Directory);
        ImageIndex index = ReadFile();
        ImageIndex changed = index with { SchemaVersion = 2, MediaType = MediaTypes.OciIndex, Manifests = [.. change([.. index.Manifests.Select(Understand)]).Select(Describe)] };
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(changed, ImageJson.Default.ImageIndex);
        if (changed.Manifests.Count > ManifestReading.MostManifests || bytes.Length > ManifestReading.MostManifestBytes)
        {
            throw new ImageException(ImageError.LimitExceeded, string.Create(CultureInfo.InvariantCulture,
                $"cannot add a name to the image store '{paths.Directory}': it would have {changed.Manifests.Count} in {bytes.Length} bytes, and at most {ManifestReading.MostManifests} in {ManifestReading.MostManifestBytes} are supported; 'hearth rmi' and 'hearth image prune --all' remove some"));
        }

        AtomicFile.Write(paths.Index, bytes);
    }

    private ImageIndex ReadFile()
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(paths.Index);
            return ManifestReading.ReadIndex(new Document(MediaTypes.OciIndex, Digest.Of(bytes), bytes));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return new ImageIndex { SchemaVersion = 2 };
        }
        catch (ImageException exception)
        {
            throw new ImageException(ImageError.StorageFailed,
                $"cannot read the names of images in '{paths.Index}': {exception.Message}; 'hearth image check --repair' puts the file aside, and pulls name the images again", exception);
        }
    }

    private static StoredImage Understand(Descriptor descriptor)
    {
        string? Annotation(string name) => descriptor.Annotations is { } all && all.TryGetValue(name, out string? value) ? value : null;
        return new StoredImage(
            Annotation(ImageAnnotations.ReferenceName) is { } name && ImageReference.TryParse(name, out ImageReference? reference) ? reference : null,
            descriptor with { Annotations = null },
            Digest.TryParse(Annotation(SourceAnnotation), out Digest source) ? source : null,
            DateTimeOffset.TryParse(Annotation(AddedAnnotation), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset added) ? added : default);
    }

    private static Descriptor Describe(StoredImage image)
    {
        Dictionary<string, string> annotations = new(StringComparer.Ordinal) { [AddedAnnotation] = image.Added.ToString("O", CultureInfo.InvariantCulture) };
        if (image.Reference is { } reference)
        {
            annotations[ImageAnnotations.ReferenceName] = reference.ToString();
        }

        if (image.Source is Digest source)
        {
            annotations[SourceAnnotation] = source.ToString();
        }

        return image.Manifest with { Annotations = annotations };
    }
}
