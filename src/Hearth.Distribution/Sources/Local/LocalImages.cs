using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Local.Archives;
using Hearth.Distribution.Sources.Local.Stores;

namespace Hearth.Distribution.Sources.Local;

/// <summary>Images in files of this host.</summary>
public static class LocalImages
{
    /// <summary>Opens an image for reading. Of a directory nothing is read yet; an archive's entries are listed; another program is asked where its store has the image, or for an archive.</summary>
    /// <param name="location">Not a registry's.</param>
    /// <param name="programPath">Directories where programs of other stores are searched, with colons.</param>
    /// <param name="draftDirectory">Where an archive is decompressed to, if it must be. The file has no name there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The image, with the name that its archive gives it.</returns>
    /// <exception cref="ImageException">The archive cannot be read, or has no such image.</exception>
    public static async Task<LocalImage> OpenAsync(ImageLocation location, string programPath, string draftDirectory, CancellationToken cancellationToken)
    {
        string name = location.ToString();
        switch (location.Transport)
        {
            case ImageTransport.ContainersStorage:
            case ImageTransport.DockerDaemon:
            case ImageTransport.Containerd:
                return await StoreImages.OpenAsync(location, programPath, draftDirectory, cancellationToken).ConfigureAwait(false);
            case ImageTransport.OciDirectory:
                return new LocalImage([], new LayoutImage(name, new DirectoryTree(Path.GetFullPath(location.Path)), LayoutImage.Named(location.Name)));
            case ImageTransport.Directory:
                return new LocalImage([], new PlainDirectory(name, new DirectoryTree(Path.GetFullPath(location.Path))));
            case ImageTransport.OciArchive:
                ImageArchive layout = await ImageArchive.OpenAsync(name, Path.GetFullPath(location.Path), draftDirectory, cancellationToken).ConfigureAwait(false);
                return layout.OpenLayout(name, location.Name);
            case ImageTransport.DockerArchive:
                ImageArchive archive = await ImageArchive.OpenAsync(name, Path.GetFullPath(location.Path), draftDirectory, cancellationToken).ConfigureAwait(false);
                return archive.OpenDocker(name, location.Reference);
            default:
                throw new ArgumentOutOfRangeException(nameof(location));
        }
    }
}
