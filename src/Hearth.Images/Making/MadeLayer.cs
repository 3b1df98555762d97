using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Images.Making;

/// <summary>A layer that was made on this host.</summary>
/// <param name="Blob">The compressed layer.</param>
/// <param name="Content">The digest of the uncompressed one.</param>
internal sealed record MadeLayer(Descriptor Blob, Digest Content);
