using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Images.Saving;

namespace Hearth.Client.Images;

/// <summary>Archives of images as files of this host.</summary>
public static class ImageFiles
{
    /// <summary>Writes images to a file, which is replaced when the archive is complete.</summary>
    /// <param name="images">Has them.</param>
    /// <param name="texts">Names, which the archive keeps, or ids.</param>
    /// <param name="format">The archive's form.</param>
    /// <param name="platform">What all images must be for; null for any.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops; the file stays as it was.</param>
    /// <exception cref="HearthException">There is no such image, it is for another platform, or the file cannot be written.</exception>
    public static async Task SaveAsync(IImages images, IReadOnlyList<string> texts, ArchiveFormat format, Platform? platform, string path, CancellationToken cancellationToken = default)
    {
        try
        {
            await Task.Run(() => AtomicFile.Write(path, target => images.SaveAsync(texts, format, platform, target, cancellationToken).GetAwaiter().GetResult()), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot save images to '{path}': {exception.Message}", exception);
        }
    }
}
