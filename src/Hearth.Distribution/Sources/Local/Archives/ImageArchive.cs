using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Distribution.Sources.Local.Archives;

/// <summary>
/// An archive of images: an OCI image layout, what <c>docker save</c> writes, or both, as docker writes since version 25.
/// </summary>
public sealed class ImageArchive : IDisposable
{
    private readonly string name;
    private readonly ArchiveTree files;

    private ImageArchive(string name, ArchiveTree files)
    {
        this.name = name;
        this.files = files;
    }

    /// <summary>Opens an archive and lists its entries. An archive that is not compressed is read in place.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="path">The file.</param>
    /// <param name="draftDirectory">Where it is decompressed to, if it must be. The file has no name there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ImageException">It cannot be read, or is no tar archive.</exception>
    public static async Task<ImageArchive> OpenAsync(string name, string path, string draftDirectory, CancellationToken cancellationToken) =>
        Read(name, await ArchiveDraft.OpenAsync(name, path, draftDirectory, cancellationToken).ConfigureAwait(false), cancellationToken);

    /// <summary>Reads an archive from a stream to its end.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="archive">It may be compressed.</param>
    /// <param name="draftDirectory">Where it is written to. The file has no name there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ImageException">It cannot be read, or is no tar archive.</exception>
    public static async Task<ImageArchive> ReadAsync(string name, Stream archive, string draftDirectory, CancellationToken cancellationToken) =>
        Read(name, await ArchiveDraft.SpoolAsync(name, archive, draftDirectory, cancellationToken).ConfigureAwait(false), cancellationToken);

    /// <summary>All images. If the archive is both, those of the layout: its layers have the digests that registries know.</summary>
    /// <exception cref="ImageException">The archive has no images, or its list of them is malformed.</exception>
    public IReadOnlyList<LocalImage> List() => files.Has(LayoutImage.IndexFile) ? ListLayout()
        : files.Has(DockerImage.ManifestFile) ? [.. DockerImage.ReadEntries(name, files).Select(entry => new LocalImage(DockerImage.NamesOf(entry), new DockerImage(name, files, entry)))]
        : throw new ImageException(
            ImageError.Malformed, $"cannot read '{name}': it has neither {DockerImage.ManifestFile} nor {LayoutImage.IndexFile}, so it is no archive of images; 'hearth import' makes an image of a file system's archive");

    public void Dispose() => files.Dispose();

    /// <summary>Opens an image of the layout; the archive is closed with it.</summary>
    /// <param name="shownName">For messages.</param>
    /// <param name="image">Null for the only one.</param>
    /// <exception cref="ImageException">The archive is no layout.</exception>
    internal LocalImage OpenLayout(string shownName, string? image) => OrDispose(() =>
    {
        ImageReference[] names = [.. LayoutImage.ReadIndex(name, files).Manifests.Where(LayoutImage.Named(image)).Select(LayoutImage.NameOf).OfType<ImageReference>()];
        return new LocalImage(names, new LayoutImage(shownName, files, LayoutImage.Named(image)));
    });

    /// <summary>Opens an image of docker's list; the archive is closed with it.</summary>
    /// <param name="shownName">For messages.</param>
    /// <param name="reference">Null for the only one.</param>
    /// <exception cref="ImageException">There is no such image, or the archive has no list.</exception>
    internal LocalImage OpenDocker(string shownName, ImageReference? reference) => OrDispose(() =>
    {
        IReadOnlyList<DockerArchiveEntry> entries = DockerImage.ReadEntries(name, files);
        DockerArchiveEntry[] found = [.. entries.Where(entry => reference is null || DockerImage.NamesOf(entry).Contains(reference))];
        string names = string.Join(", ", entries.SelectMany(DockerImage.NamesOf).Select(known => known.Familiar));
        return found.Length switch
        {
            1 => new LocalImage(reference is null ? DockerImage.NamesOf(found[0]) : [reference], new DockerImage(shownName, files, found[0])),
            0 => throw new ImageException(ImageError.Unknown, $"cannot read '{shownName}': the archive has no such image; it has {(names.Length == 0 ? "none with a name" : names)}"),
            _ => throw new ImageException(ImageError.InvalidRequest, $"cannot read '{shownName}': the archive has {found.Length} images; name one of {names}"),
        };
    });

    /// <summary>Opens the only image, of a layout or of docker's list; the archive is closed with it.</summary>
    /// <param name="shownName">For messages.</param>
    /// <exception cref="ImageException">There are several, or none.</exception>
    internal LocalImage OpenOnly(string shownName) => files.Has(LayoutImage.IndexFile) ? OpenLayout(shownName, null) : OpenDocker(shownName, null);

    private static ImageArchive Read(string name, SafeFileHandle file, CancellationToken cancellationToken) => new(name, ArchiveTree.Read(name, file, cancellationToken));

    private IReadOnlyList<LocalImage> ListLayout() =>
    [
        .. LayoutImage.ReadIndex(name, files).Manifests.GroupBy(manifest => manifest.Digest).Select(image => new LocalImage(
            [.. image.Select(LayoutImage.NameOf).OfType<ImageReference>().Distinct()], new LayoutImage(name, files, manifest => manifest.Digest == image.Key))),
    ];

    private LocalImage OrDispose(Func<LocalImage> open)
    {
        try
        {
            return open();
        }
        catch
        {
            Dispose();
            throw;
        }
    }
}
