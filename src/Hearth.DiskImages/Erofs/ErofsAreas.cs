namespace Hearth.DiskImages.Erofs;

/// <summary>Where an image's parts stand: what measuring finds out, and what writing must find again.</summary>
/// <param name="SharedXattrStart">In bytes, a multiple of the block.</param>
/// <param name="BlocksStart">Where the whole blocks of directories and links begin, in bytes.</param>
/// <param name="DataStart">Where the first file begins, in bytes: the length of the metadata.</param>
/// <param name="FileCount">Regular files that are not empty.</param>
/// <param name="Blocks">The image's length in blocks.</param>
internal readonly record struct ErofsAreas(long SharedXattrStart, long BlocksStart, long DataStart, int FileCount, long Blocks);
