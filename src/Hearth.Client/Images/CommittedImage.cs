using Hearth.Containers.Diagnostics;
using Hearth.Distribution.References;

namespace Hearth.Client.Images;

/// <summary>An image that was made of a container.</summary>
/// <param name="Id">The digest of its configuration.</param>
/// <param name="Diagnostics">A diagnostic for each file that was left out.</param>
public sealed record CommittedImage(Digest Id, IReadOnlyList<Diagnostic> Diagnostics);
