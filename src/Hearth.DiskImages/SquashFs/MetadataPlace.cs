namespace Hearth.DiskImages.SquashFs;

/// <summary>Where a stream of metadata is, and of what kind.</summary>
/// <param name="Start">In the image.</param>
/// <param name="End">Where it ends at the latest.</param>
/// <param name="Compression">How blocks that are not stored are compressed; the superblock's number.</param>
/// <param name="Kind">What compressed blocks are claimed for.</param>
/// <param name="What">For messages.</param>
internal readonly record struct MetadataPlace(long Start, long End, ushort Compression, RegionKind Kind, string What);
