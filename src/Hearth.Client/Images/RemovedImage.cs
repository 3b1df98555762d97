using Hearth.Distribution.References;

namespace Hearth.Client.Images;

/// <summary>What a removal of images did.</summary>
/// <param name="Names">The names that are gone.</param>
/// <param name="Id">The image that is gone with its last name; null if it has others.</param>
/// <param name="Bytes">Bytes on the disk that were released.</param>
public sealed record RemovedImage(IReadOnlyList<string> Names, Digest? Id, long Bytes);
