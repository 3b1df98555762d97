using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Local.Archives;

namespace Hearth.Distribution.Sources.Local;

/// <summary>Images in files of this host.</summary>
public static class LocalImages
{
    /// <summary>Opens an image for reading. Of a directory nothing is read yet; an archive's entries are listed.</summary>
    /// <param name="location">Not a registry's.</param>
    /// <param name="draftDirectory">Where an archive is decompressed to, if it must be. The file has no name there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The image, with the name that its archive gives it.</returns>
    /// <exception cref="ImageException">The archive cannot be read, or has no such image.</exception>
    public static async Task<LocalImage> OpenAsync(ImageLocation location, string draftDirectory, CancellationToken cancellationToken)
    {
        string name = location.ToString();
        string path = Path.GetFullPath(location.Path);
        switch (location.Transport)
        {
            case ImageTransport.OciDirectory:
                return new LocalImage([], new LayoutImage(name, new DirectoryTree(path), LayoutImage.Named(location.Name)));
            case ImageTransport.Directory:
                return new LocalImage([], new PlainDirectory(name, new DirectoryTree(path)));
            case ImageTransport.OciArchive:
                ImageArchive layout = await ImageArchive.OpenAsync(name, path, draftDirectory, cancellationToken).ConfigureAwait(false);
                return layout.OpenLayout(name, location.Name);
            case ImageTransport.DockerArchive:
                ImageArchive archive = await ImageArchive.OpenAsync(name, path, draftDirectory, cancellationToken).ConfigureAwait(false);
                return archive.OpenDocker(name, location.Reference);
            default:
                throw new ArgumentOutOfRangeException(nameof(location));
        }
    }
}
