using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>
/// A file system image that was never written: its metadata in memory, and where each file's bytes would stand.
/// What neither covers reads as zeros.
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

    /// <summary>What the format had no place for, for people.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    public long MetadataBytes => Metadata.Sum(region => (long)region.Bytes.Length);
}

/// <summary>Bytes of metadata at an offset in the image.</summary>
public readonly record struct MetadataRegion(long Offset, ReadOnlyMemory<byte> Bytes);
