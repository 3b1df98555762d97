namespace Hearth.Containers;

/// <summary>The image whose layers are a container's root.</summary>
/// <param name="Name">As docker shows it.</param>
/// <param name="Manifest">The digest of its manifest in the image store: <c>sha256:</c> and 64 hexadecimal digits.</param>
/// <param name="Id">The digest of its configuration, by which docker identifies an image.</param>
public sealed record ImageOrigin(string Name, string Manifest, string Id);
