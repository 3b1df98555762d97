namespace Hearth.Images.Store;

/// <summary>What a collection removed.</summary>
/// <param name="Blobs">The digests of blobs.</param>
/// <param name="Bytes">Their bytes on the disk, with those of uncompressed layers.</param>
public sealed record CollectedBytes(IReadOnlyList<string> Blobs, long Bytes);
