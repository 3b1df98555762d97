using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>
/// A file system image that is not stored: its metadata in memory, and the place of each file's bytes. Bytes that neither
/// covers read as zeros.
/// </summary>
public sealed class ImagePlan
{
    public required ImageFormat Format { get; init; }

    public required Tree Tree { get; init; }

    /// <summary>The image's length in bytes, a multiple of 4096.</summary>
    public required long Length { get; init; }

    /// <summary>The metadata, ascending and without overlap.</summary>
    public required IReadOnlyList<MetadataRegion> Metadata { get; init; }

    public required FileExtents Files { get; init; }

    /// <summary>Notes for users about what the format cannot store.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    public long MetadataBytes => Metadata.Sum(region => (long)region.Bytes.Length);
}

/// <summary>Bytes of metadata at an offset in the image.</summary>
public readonly record struct MetadataRegion(long Offset, ReadOnlyMemory<byte> Bytes);
