using Hearth.Distribution.References;

namespace Hearth.Images.Pulling;

/// <summary>How far a pull has come with a layer.</summary>
/// <param name="Layer">Its digest.</param>
/// <param name="State">What happens to it.</param>
/// <param name="Bytes">Compressed bytes so far.</param>
/// <param name="Size">All of them.</param>
public sealed record LayerProgress(Digest Layer, LayerState State, long Bytes, long Size);
