using Hearth.Distribution.References;

namespace Hearth.Distribution.Manifests;

/// <summary>A manifest or an index exactly as its source sent it, since its digest is over these bytes.</summary>
/// <param name="MediaType">The source's word for it.</param>
/// <param name="Digest">The bytes have this digest.</param>
/// <param name="Bytes">JSON.</param>
public sealed record Document(string MediaType, Digest Digest, ReadOnlyMemory<byte> Bytes);
