namespace Hearth.DiskImages.Packed;

/// <summary>How a SquashFS image is packed.</summary>
/// <param name="Compression">Of data and metadata.</param>
/// <param name="Level">Null for the compressor's default.</param>
/// <param name="NoFragments">
/// True to give each file its own blocks, as a computed image does. Otherwise the ends of files, and small files as a whole,
/// share blocks.
/// </param>
public sealed record SquashFsPacking(PackCompression Compression = PackCompression.Zstd, int? Level = null, bool NoFragments = false);
