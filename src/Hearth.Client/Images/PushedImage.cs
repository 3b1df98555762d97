using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Client.Images;

/// <summary>An image that a registry has.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Manifest">Its manifest.</param>
public sealed record PushedImage(ImageReference Name, Descriptor Manifest);
