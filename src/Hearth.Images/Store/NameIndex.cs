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

    /// <summary>Replaces the names.</summary>
    /// <param name="change">From those of before to those of now.</param>
    public void Change(Func<IReadOnlyList<StoredImage>, IEnumerable<StoredImage>> change)
    {
        using DirectoryLock alone = DirectoryLock.Take(paths.Directory);
        ImageIndex index = ReadFile();
        ImageIndex changed = index with { SchemaVersion = 2, MediaType = MediaTypes.OciIndex, Manifests = [.. change([.. index.Manifests.Select(Understand)]).Select(Describe)] };
        AtomicFile.Write(paths.Index, JsonSerializer.SerializeToUtf8Bytes(changed, ImageJson.Default.ImageIndex));
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
