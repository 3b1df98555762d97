namespace Hearth.Images.Saving;

/// <summary>The form of an archive of images, by skopeo's words.</summary>
public enum ArchiveFormat
{
    /// <summary>An OCI layout that also has docker's manifest.json: every version of docker loads it.</summary>
    DockerArchive,

    /// <summary>An OCI layout only.</summary>
    OciArchive,
}
