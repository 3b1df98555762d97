using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Local.Archives;
using Hearth.Images.Configuration.Changes;
using Hearth.Images.Pulling;
using Hearth.Images.Store;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Importing;

/// <summary>
/// Makes an image of one layer out of a file system's archive. The archive is compressed by gzip into a file without a name, and
/// then pulled like any other image.
/// </summary>
/// <param name="store">Receives the image.</param>
public sealed class ImageImport(ImageStore store)
{
    private const int CopyBytes = 1 << 20;

    /// <param name="archive">A tar archive; gzip, zstd, xz or bzip2 may compress it. It is read to its end.</param>
    /// <param name="choices">What the image is to be.</param>
    /// <param name="cancellationToken">Stops; nothing remains.</param>
    /// <exception cref="ImageException">It is no archive, a change is malformed, or the store cannot be written.</exception>
    public async Task<PulledImage> RunAsync(Stream archive, ImportChoices choices, CancellationToken cancellationToken)
    {
        ProcessConfiguration process = ConfigurationChanges.Apply(new ProcessConfiguration(), choices.Changes);
        try
        {
            using SafeFileHandle file = CreateDraft();
            Digest content = await CompressAsync(archive, file, choices.Origin, cancellationToken).ConfigureAwait(false);
            long size = RandomAccess.GetLength(file);
            Descriptor layer = new()
            {
                MediaType = MediaTypes.OciLayerGzip,
                DigestText = Digest.FromSha256(await SHA256.HashDataAsync(new PartStream(file, 0, size), cancellationToken).ConfigureAwait(false)).ToString(),
                Size = size,
            };
            await using ImportedImage source = new(choices.Origin, Configure(choices, process, content), layer, file);
            return await new ImagePull(store, source, _ => { }).RunAsync(choices.Name, choices.Platform, cancellationToken).ConfigureAwait(false);
        }
        catch (ImageException exception) when (exception.Error == ImageError.Malformed)
        {
            throw new ImageException(ImageError.Malformed, $"cannot import '{choices.Origin}': {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw store.StorageFailure("import", $"'{choices.Origin}'", exception);
        }
    }

    private SafeFileHandle CreateDraft()
    {
        string path = Path.Combine(store.PrepareDrafts(), $"import-{Guid.NewGuid():N}");
        SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        File.Delete(path);
        return file;
    }

    /// <returns>The digest of the uncompressed archive.</returns>
    private static async Task<Digest> CompressAsync(Stream archive, SafeFileHandle file, string origin, CancellationToken cancellationToken)
    {
        using ArchiveStream content = await ArchiveStream.OpenAsync(origin, archive, cancellationToken).ConfigureAwait(false);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using SafeFileHandle writing = new(file.DangerousGetHandle(), ownsHandle: false);
        using FileStream target = new(writing, FileAccess.Write, CopyBytes);
        using (GZipStream compressed = new(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] buffer = new byte[CopyBytes];
            for (int count; (count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                hash.AppendData(buffer, 0, count);
                await compressed.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }
        }

        await target.FlushAsync(cancellationToken).ConfigureAwait(false);
        return Digest.FromSha256(hash.GetHashAndReset());
    }

    private static byte[] Configure(ImportChoices choices, ProcessConfiguration process, Digest content) => JsonSerializer.SerializeToUtf8Bytes(
        new ImageConfiguration
        {
            Created = choices.Created,
            Architecture = choices.Platform.Architecture,
            Variant = choices.Platform.Variant,
            Os = choices.Platform.Os,
            Config = process,
            Rootfs = new RootfsConfiguration { DiffIds = [content.ToString()] },
            History = [new HistoryEntry { Created = choices.Created, Comment = choices.Message ?? $"Imported from {choices.Origin}" }],
        },
        ImageJson.Default.ImageConfiguration);
}
