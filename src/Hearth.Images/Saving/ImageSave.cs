using System.Text;
using System.Text.Json;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Images.Store;
using Hearth.Tar;

namespace Hearth.Images.Saving;

/// <summary>
/// Writes images of the store as an archive. The blobs are those of the store, so digests stay. Documents come first; the same
/// images give the same bytes.
/// <code>
/// oci-layout, index.json     the layout; index.json has a descriptor for each name
/// manifest.json              docker's list; not in an OCI archive
/// blobs/sha256/HEX           manifests, configurations and layers, each once
/// </code>
/// </summary>
public sealed class ImageSave(ImageStore store)
{
    private const int CopyBytes = 1 << 20;
    private const uint FileMode = 0x1a4;
    private const uint DirectoryMode = 0x1ed;

    /// <param name="images">Each manifest once.</param>
    /// <param name="format">The archive's form.</param>
    /// <param name="target">Receives the archive; the caller keeps its ownership.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ImageException">An image is not in the store, or incomplete.</exception>
    /// <exception cref="IOException">The target cannot be written.</exception>
    public void Run(IReadOnlyList<SavedImage> images, ArchiveFormat format, Stream target, CancellationToken cancellationToken)
    {
        List<ImageLease> leases = [];
        try
        {
            leases.AddRange(images.Select(image => ImageLease.Take(store, image.Manifest.Digest)));
            Write(images, format, new TarWriter(target), cancellationToken);
        }
        finally
        {
            leases.ForEach(lease => lease.Dispose());
        }
    }

    private void Write(IReadOnlyList<SavedImage> images, ArchiveFormat format, TarWriter archive, CancellationToken cancellationToken)
    {
        ImageManifest[] manifests = [.. images.Select(image => store.ReadManifest(image.Manifest))];
        foreach ((SavedImage image, ImageManifest manifest) in images.Zip(manifests))
        {
            store.RequireLayers("save", image.Names.Count > 0 ? image.Names[0].Familiar : image.Manifest.DigestText, manifest);
        }

        ImageIndex index = new() { SchemaVersion = 2, MediaType = MediaTypes.OciIndex, Manifests = [.. images.SelectMany(image => Describe(image, format))] };
        WriteFile(archive, "oci-layout", ImageStore.LayoutText);
        WriteFile(archive, "index.json", JsonSerializer.SerializeToUtf8Bytes(index, ImageJson.Default.ImageIndex));
        if (format == ArchiveFormat.DockerArchive)
        {
            DockerArchiveEntry[] entries = [.. images.Zip(manifests, List)];
            WriteFile(archive, "manifest.json", JsonSerializer.SerializeToUtf8Bytes(entries, ImageJson.Default.IReadOnlyListDockerArchiveEntry));
        }

        Descriptor[] blobs = [.. images.Select(image => image.Manifest).Concat(manifests.SelectMany(manifest => manifest.Layers.Prepend(manifest.Config!))).DistinctBy(blob => blob.Digest)];
        foreach (string directory in blobs.Select(blob => $"blobs/{blob.Digest.Algorithm}/").Distinct().Prepend("blobs/"))
        {
            archive.Begin(Entry(TarEntryType.Directory, directory, DirectoryMode, 0));
        }

        foreach (Descriptor blob in blobs)
        {
            WriteBlob(archive, blob, cancellationToken);
        }

        archive.End();
    }

    /// <summary>A descriptor for each name; one without a name for an image without one.</summary>
    private static IEnumerable<Descriptor> Describe(SavedImage image, ArchiveFormat format) => image.Names.Count == 0
        ? [image.Manifest]
        : image.Names.Select(name => image.Manifest with
        {
            Annotations = new Dictionary<string, string>
            {
                [ImageAnnotations.ContainerdName] = name.ToString(),
                [ImageAnnotations.ReferenceName] = format == ArchiveFormat.OciArchive ? name.ToString() : name.Target,
            },
        });

    /// <summary>Whole names, as podman would take one without a host for an image of localhost.</summary>
    private static DockerArchiveEntry List(SavedImage image, ImageManifest manifest) => new()
    {
        Config = PathOf(manifest.Config!.Digest),
        RepoTags = image.Names.Count == 0 ? null : [.. image.Names.Select(name => name.ToString())],
        Layers = [.. manifest.Layers.Select(layer => PathOf(layer.Digest))],
    };

    private static string PathOf(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";

    private static TarEntry Entry(TarEntryType type, string path, uint mode, long size) =>
        new() { Type = type, Name = Encoding.UTF8.GetBytes(path), Mode = mode, UserId = 0, GroupId = 0, SizeInBytes = size, Modified = default };

    private static void WriteFile(TarWriter archive, string path, ReadOnlySpan<byte> bytes)
    {
        archive.Begin(Entry(TarEntryType.File, path, FileMode, bytes.Length));
        archive.Write(bytes);
    }

    private void WriteBlob(TarWriter archive, Descriptor blob, CancellationToken cancellationToken)
    {
        using Stream stream = store.OpenBlob(blob);
        if (stream.Length != blob.Size)
        {
            throw new ImageException(
                ImageError.DigestMismatch, $"cannot save the blob {blob.Digest} of the image store '{store.Directory}': it has {stream.Length} bytes instead of {blob.Size}; 'hearth pull' fetches it again");
        }

        archive.Begin(Entry(TarEntryType.File, PathOf(blob.Digest), FileMode, blob.Size));
        byte[] buffer = new byte[CopyBytes];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            archive.Write(buffer.AsSpan(0, count));
        }
    }
}
