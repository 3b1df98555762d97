namespace Hearth.DiskImages.SquashFs;

/// <summary>The place and the kind of a stream of metadata.</summary>
/// <param name="Start">Its offset in the image.</param>
/// <param name="End">The latest offset at which it may end.</param>
/// <param name="Compression">The superblock's number for the compression of blocks that are not stored.</param>
/// <param name="Kind">The kind of region that compressed blocks are claimed as.</param>
/// <param name="What">Its name for messages.</param>
internal readonly record struct MetadataPlace(long Start, long End, ushort Compression, RegionKind Kind, string What);
