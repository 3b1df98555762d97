using Hearth.Containers;
using Hearth.DiskImages;

namespace Hearth.Rootfs;

/// <summary>Reads images back.</summary>
public static class ImageReading
{
    /// <exception cref="HearthException">No such file, or no image that can be read.</exception>
    public static ImageDump Dump(string path, CancellationToken cancellationToken)
    {
        try
        {
            using FileStream image = File.OpenRead(path);
            return ImageDump.Read(image, cancellationToken);
        }
        catch (DiskImageException exception)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot read the image '{path}': {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot read the image '{path}': {exception.Message}", exception);
        }
    }
}
