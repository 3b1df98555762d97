using Hearth.Containers;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Images.Store;

namespace Hearth.Client.Images;

/// <summary>What images there are.</summary>
public sealed partial class ImageService
{
    /// <summary>All names, the newest images first; none of images whose manifest or configuration is damaged.</summary>
    /// <param name="damaged">Receives why names are not in the list: a sentence for each damaged image.</param>
    /// <exception cref="HearthException">The store cannot be read.</exception>
    public IReadOnlyList<ImageSummary> List(Action<string>? damaged = null) => ImageFailures.Attempt(() => (IReadOnlyList<ImageSummary>)
        [.. ListSound(failure => damaged?.Invoke(failure.Message)).OrderByDescending(image => image.Configuration.Created ?? default)]);

    /// <summary>Finds an image by its name, its digest, its id, or the beginning of its id.</summary>
    /// <exception cref="HearthException">There is none, or several.</exception>
    public ImageSummary Find(string text) => TryFind(text) ?? throw ImageFinding.Unknown(text);

    /// <summary>As <see cref="Find"/>, but null if there is none.</summary>
    public ImageSummary? TryFind(string text) => ImageFailures.Attempt(() =>
    {
        bool isName = ImageReference.TryParse(text, out ImageReference? reference) && ImageLocation.Parse(text).Transport == ImageTransport.Registry;
        StoredImage? named = isName ? store.Find(reference!) : null;
        return named is not null ? Summarize(named) : FindById(text.StartsWith("sha256:", StringComparison.Ordinal) ? text["sha256:".Length..] : text);
    });

    private long SizeOfLayer(Descriptor layer) => store.SizeOfContent(layer.Digest);

    private ImageSummary Summarize(StoredImage image)
    {
        string name = image.Reference?.Familiar ?? image.Manifest.Digest.ToString();
        try
        {
            ImageManifest manifest = store.ReadManifest(image.Manifest);
            return new ImageSummary(
                image.Reference, image.Manifest, image.Source, image.Added, manifest.Config!.Digest, store.ReadConfiguration(manifest, name), manifest.Layers.Sum(SizeOfLayer))
            {
                IsInParts = manifest.Layers.Any(layer => !store.HasLayer(layer.Digest)),
            };
        }
        catch (ImageException damage) when (damage.Error == ImageError.DigestMismatch)
        {
            throw new ImageException(
                damage.Error, $"cannot use the image '{name}': its manifest or configuration in the image store '{store.Directory}' is damaged; 'hearth pull' fetches it again, 'hearth image check --repair' removes it", damage);
        }
    }

    private ImageSummary? TrySummarize(StoredImage image, Action<ImageException> damaged)
    {
        try
        {
            return Summarize(image);
        }
        catch (ImageException failure) when (IsDamage(failure))
        {
            damaged(failure);
            return null;
        }
    }

    private static bool IsDamage(ImageException failure) => failure.Error is ImageError.DigestMismatch or ImageError.Malformed;

    private ImageSummary[] ListSound(Action<ImageException> damaged) => [.. store.List().Select(image => TrySummarize(image, damaged)).OfType<ImageSummary>()];

    private ImageSummary? FindById(string prefix)
    {
        const int LeastDigits = 2;
        if (prefix.Length < LeastDigits || !prefix.All(char.IsAsciiHexDigitLower))
        {
            return null;
        }

        ImageSummary[] found = [.. ListSound(_ => { }).Where(image => image.Id.Hex.StartsWith(prefix, StringComparison.Ordinal) || image.Manifest.Digest.Hex == prefix)];
        return found.DistinctBy(image => image.Id).Count() > 1
            ? throw new ImageException(ImageError.InvalidRequest, $"cannot choose an image: several ids begin with '{prefix}'; give more of it")
            : found.FirstOrDefault();
    }
}
