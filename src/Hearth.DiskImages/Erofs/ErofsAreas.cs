namespace Hearth.DiskImages.Erofs;

/// <summary>The places of an image's parts. Measuring computes them, and writing must arrive at the same values.</summary>
/// <param name="SharedXattrStart">In bytes, a multiple of the block.</param>
/// <param name="BlocksStart">The start of the whole blocks of directories and links, in bytes.</param>
/// <param name="DataStart">The start of the first file, in bytes: the length of the metadata.</param>
/// <param name="FileCount">Regular files that are not empty.</param>
/// <param name="Blocks">The image's length in blocks.</param>
internal readonly record struct ErofsAreas(long SharedXattrStart, long BlocksStart, long DataStart, int FileCount, long Blocks);
