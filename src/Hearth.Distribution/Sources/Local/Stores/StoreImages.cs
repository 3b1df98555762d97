using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Local.Archives;

namespace Hearth.Distribution.Sources.Local.Stores;

/// <summary>
/// Images in the stores of other programs. Their programs are asked where an image is; the files of podman's and of
/// containerd's are read where they are. If they are not of a known form, or elsewhere, the program writes an archive.
/// </summary>
internal static class StoreImages
{
    /// <param name="location">The image.</param>
    /// <param name="programPath">Directories where programs are searched, with colons.</param>
    /// <param name="draftDirectory">Where an archive is written to. The file has no name there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ImageException">The program is missing, has no such image, or fails.</exception>
    public static async Task<LocalImage> OpenAsync(ImageLocation location, string programPath, string draftDirectory, CancellationToken cancellationToken)
    {
        StoreProgram program = new(location, programPath);
        LocalImage? inPlace = location.Transport switch
        {
            ImageTransport.ContainersStorage => await PodmanStore.TryOpenAsync(location, program, cancellationToken).ConfigureAwait(false),
            ImageTransport.Containerd => await ContainerdStore.TryOpenAsync(location, program, cancellationToken).ConfigureAwait(false),
            _ => null,
        };
        return inPlace ?? await ExportAsync(location, program, draftDirectory, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<LocalImage> ExportAsync(ImageLocation location, StoreProgram program, string draftDirectory, CancellationToken cancellationToken)
    {
        string[] words = location.Transport switch
        {
            ImageTransport.ContainersStorage => ["podman", "save", "--quiet", "--format", "docker-archive", location.Path],
            ImageTransport.DockerDaemon => ["docker", "save", location.Path],
            ImageTransport.Containerd => ["ctr", "images", "export", "-", ContainerdStore.NameOf(location).ToString()],
            _ => throw new ArgumentOutOfRangeException(nameof(location)),
        };
        ImageArchive archive = await program.RunAsync(
            words, output => ImageArchive.ReadAsync(location.ToString(), output, draftDirectory, cancellationToken), cancellationToken).ConfigureAwait(false);
        return archive.OpenOnly(location.ToString());
    }
}
