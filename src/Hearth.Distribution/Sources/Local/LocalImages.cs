using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Local;

/// <summary>Images in files of this host.</summary>
public static class LocalImages
{
    /// <summary>Opens an image for reading. Nothing is read yet.</summary>
    /// <exception cref="ImageException">The transport is not supported.</exception>
    public static IImageSource Open(ImageLocation location) => location.Transport switch
    {
        ImageTransport.OciDirectory => new LayoutDirectory(Path.GetFullPath(location.Path), location.Name),
        ImageTransport.Directory => new PlainDirectory(Path.GetFullPath(location.Path)),
        _ => throw new ImageException(
            ImageError.Unsupported, $"cannot read the image '{location}': archives are not supported yet; 'skopeo copy {location} oci:DIRECTORY' makes a layout of it"),
    };
}
