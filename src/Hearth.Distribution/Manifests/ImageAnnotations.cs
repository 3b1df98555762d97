namespace Hearth.Distribution.Manifests;

/// <summary>The annotations by which a layout names its images.</summary>
public static class ImageAnnotations
{
    /// <summary>image-spec, annotations.md. skopeo and podman write a whole name, docker only the tag.</summary>
    public const string ReferenceName = "org.opencontainers.image.ref.name";

    /// <summary>docker's and containerd's: the whole name.</summary>
    public const string ContainerdName = "io.containerd.image.name";
}
