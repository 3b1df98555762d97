namespace Hearth.DiskImages.Packed;

/// <summary>How the blocks of a packed SquashFS image are compressed.</summary>
public enum PackCompression
{
    Zstd,
    Lz4,
    Gzip,
    Xz,

    /// <summary>Blocks are stored uncompressed.</summary>
    None,
}
