using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Tar;
using ZstdSharp;

namespace Hearth.Images.Indexes.Foreign;

/// <summary>
/// The table of contents that a layer itself has at its end. The image's manifest has the table's digest, so that the table is as
/// trustworthy as the image.
/// <code>
/// eStargz:       gzip members with the archive | one with a tar archive of the table | footer 51
///                footer: an empty member, whose extra field is "SG" 22 0, the table's offset as 16 hexadecimal digits, "STARGZ"
/// zstd:chunked:  zstd frames with the archive | a skippable frame with the table, compressed by zstd | further skippable frames
///                the manifest has OFFSET:LENGTH:UNCOMPRESSED LENGTH:1 of the table
/// </code>
/// </summary>
internal static class OwnTable
{
    private const string StargzDigest = "containerd.io/snapshot/stargz/toc.digest";
    private const string ChunkedDigest = "manifest-checksum";
    private const string ChunkedPlace = "manifest-position";

    /// <summary>A table of a million entries has about 30 MB, compressed.</summary>
    private const int MostBytes = 64 << 20;

    /// <summary>A table of a million entries has about 250 MB.</summary>
    private const int MostJsonBytes = 256 << 20;

    /// <summary>Tables compress to a tenth at best, since they have digests.</summary>
    private const int MostRatio = 100;

    private const int FooterBytes = 51;
    private const int FooterFieldOffset = 12;
    private const int OffsetDigits = 16;
    private const int SkippableHeaderBytes = 8;

    /// <summary>Those of podman 4.3 and before come last.</summary>
    private static readonly string[] chunkedPrefixes = ["io.github.containers.zstd-chunked.", "io.containers.zstd-chunked."];

    private static ReadOnlySpan<byte> FooterField => [(byte)'S', (byte)'G', 22, 0];

    private static ReadOnlySpan<byte> FooterEnd => "STARGZ"u8;

    /// <summary>Reads a layer's own table.</summary>
    /// <returns>Null if the manifest says of none.</returns>
    /// <exception cref="ImageException">The table cannot be read, is not what the manifest says, or has what is not supported.</exception>
    public static async Task<LayerIndex?> TryReadAsync(IImageSource source, Descriptor layer, Digest content, CancellationToken cancellationToken)
    {
        if (Annotation(layer, StargzDigest) is { } stargz && layer.MediaType is MediaTypes.OciLayerGzip or MediaTypes.DockerLayerGzip && layer.Size > FooterBytes)
        {
            byte[] footer = await ReadAsync(source, layer, layer.Size - FooterBytes, FooterBytes, cancellationToken).ConfigureAwait(false);
            long offset = ReadFooter(footer, layer.Size);
            byte[] member = await ReadAsync(source, layer, offset, layer.Size - FooterBytes - offset, cancellationToken).ConfigureAwait(false);
            return ReadStargz(member, stargz, layer, content, offset);
        }

        string prefix = Array.Find(chunkedPrefixes, prefix => Annotation(layer, prefix + ChunkedDigest) is not null) ?? "";
        if (Annotation(layer, prefix + ChunkedDigest) is { } chunked && Annotation(layer, prefix + ChunkedPlace) is { } place && layer.MediaType is MediaTypes.OciLayerZstd or MediaTypes.DockerLayerZstd)
        {
            (long offset, long length, int jsonLength) = ReadPlace(place, layer.Size);
            byte[] frame = await ReadAsync(source, layer, offset, length, cancellationToken).ConfigureAwait(false);
            return ReadChunked(frame, chunked, jsonLength, layer, content, offset - SkippableHeaderBytes);
        }

        return null;
    }

    /// <summary>Where the table of an eStargz layer begins.</summary>
    /// <exception cref="ImageException">It is no footer, or points beyond the layer.</exception>
    internal static long ReadFooter(ReadOnlySpan<byte> footer, long layerSize)
    {
        ReadOnlySpan<byte> field = footer.Length == FooterBytes ? footer[FooterFieldOffset..] : default;
        return field.StartsWith(FooterField) && field[(FooterField.Length + OffsetDigits)..].StartsWith(FooterEnd)
            && Utf8Parser.TryParse(field.Slice(FooterField.Length, OffsetDigits), out long offset, out int consumed, 'x') && consumed == OffsetDigits
            && offset > 0 && offset < layerSize - FooterBytes
            ? offset
            : throw Malformed("the layer does not end with the footer of eStargz");
    }

    /// <param name="member">The gzip member with the table.</param>
    /// <param name="wanted">The digest of the table's JSON.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="content">The digest of the uncompressed layer.</param>
    /// <param name="offset">The member's in the layer.</param>
    /// <exception cref="ImageException">The table is not what the manifest says, or is malformed.</exception>
    internal static LayerIndex ReadStargz(byte[] member, string wanted, Descriptor layer, Digest content, long offset)
    {
        try
        {
            using GZipStream archive = new(new MemoryStream(member), CompressionMode.Decompress);
            TarReader reader = new(archive);
            TarEntry entry = reader.Next(new ArchiveWarnings()) ?? throw Malformed("it is empty");
            byte[] json = Allocate(entry.SizeInBytes, member.Length);
            for (int start = 0, count; start < json.Length; start += count)
            {
                count = reader.Read(json.AsSpan(start));
            }

            Verify(json, wanted);
            return TocReading.Read(json, layer, content, LayerCompression.Gzip, offset);
        }
        catch (Exception exception) when (exception is ArchiveException or IOException or InvalidDataException)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read the layer's table of contents: {exception.Message}", exception);
        }
    }

    /// <param name="frame">The compressed table.</param>
    /// <param name="wanted">Its digest.</param>
    /// <param name="jsonLength">The uncompressed length.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="content">The digest of the uncompressed layer.</param>
    /// <param name="offset">Where the archive ends in the layer.</param>
    /// <exception cref="ImageException">The table is not what the manifest says, or is malformed.</exception>
    internal static LayerIndex ReadChunked(byte[] frame, string wanted, int jsonLength, Descriptor layer, Digest content, long offset)
    {
        Verify(frame, wanted);
        byte[] json = Allocate(jsonLength, frame.Length);
        try
        {
            using DecompressionStream stream = new(new MemoryStream(frame));
            stream.ReadExactly(json);
        }
        catch (Exception exception) when (exception is IOException or ZstdException)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read the layer's table of contents: {exception.Message}", exception);
        }

        return TocReading.Read(json, layer, content, LayerCompression.Zstd, offset);
    }

    /// <summary>Reads OFFSET:LENGTH:UNCOMPRESSED LENGTH:TYPE.</summary>
    /// <exception cref="ImageException">It is malformed, or beyond the layer.</exception>
    internal static (long Offset, long Length, int JsonLength) ReadPlace(string text, long layerSize)
    {
        string[] parts = text.Split(':');
        return parts is [_, _, _, "1"]
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long offset)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long length)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int jsonLength)
            && offset > SkippableHeaderBytes && offset < layerSize && length > 0 && length <= layerSize - offset && jsonLength is > 0 and <= MostJsonBytes
            ? (offset, length, jsonLength)
            : throw Malformed($"its place '{text}' is malformed");
    }

    private static string? Annotation(Descriptor layer, string name) => layer.Annotations is { } all && all.TryGetValue(name, out string? value) ? value : null;

    private static async Task<byte[]> ReadAsync(IImageSource source, Descriptor layer, long offset, long length, CancellationToken cancellationToken)
    {
        byte[] bytes = length is > 0 and <= MostBytes ? new byte[length] : throw Malformed($"it has {length} bytes");
        await source.ReadRangeAsync(layer, offset, bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    private static void Verify(ReadOnlySpan<byte> bytes, string wanted)
    {
        if (!Digest.TryParse(wanted, out Digest digest) || !digest.IsOf(bytes))
        {
            throw new ImageException(ImageError.DigestMismatch, $"cannot use the layer's table of contents: its digest is not {wanted}");
        }
    }

    private static byte[] Allocate(long length, long compressedLength) => length is > 0 and <= MostJsonBytes && length <= MostRatio * compressedLength
        ? new byte[length]
        : throw Malformed($"it has {length} bytes, and {compressedLength} if it is compressed");

    private static ImageException Malformed(string cause) => new(ImageError.Malformed, $"cannot read the layer's table of contents: {cause}");
}
