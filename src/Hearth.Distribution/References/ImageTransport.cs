namespace Hearth.Distribution.References;

/// <summary>Where an image is, by skopeo's words.</summary>
public enum ImageTransport
{
    /// <summary><c>docker://</c>, or no word: a registry, or the store if it has the image.</summary>
    Registry,

    /// <summary><c>oci:DIRECTORY[:NAME]</c>: an OCI image layout.</summary>
    OciDirectory,

    /// <summary><c>oci-archive:FILE[:NAME]</c>: an OCI image layout as a tar archive.</summary>
    OciArchive,

    /// <summary><c>docker-archive:FILE[:NAME]</c>: what <c>docker save</c> writes.</summary>
    DockerArchive,

    /// <summary><c>dir:DIRECTORY</c>: manifest and blobs as plain files, as skopeo writes them.</summary>
    Directory,

    /// <summary><c>containers-storage:NAME</c>: podman's store.</summary>
    ContainersStorage,

    /// <summary><c>docker-daemon:NAME</c>: docker's store.</summary>
    DockerDaemon,

    /// <summary><c>containerd:NAME</c>: containerd's store. skopeo has no word for it.</summary>
    Containerd,
}
