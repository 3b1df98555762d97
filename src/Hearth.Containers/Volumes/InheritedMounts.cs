namespace Hearth.Containers.Volumes;

/// <summary>docker's <c>--volumes-from</c>: the volumes and host directories of another container, at the same places.</summary>
/// <param name="Container">Its name or id.</param>
/// <param name="IsReadOnly">Whether all of them are read-only here; false to take each as the other container has it.</param>
public sealed record InheritedMounts(string Container, bool IsReadOnly)
{
    /// <summary>Options of docker without effect in a guest.</summary>
    private static readonly string[] labels = ["z", "Z"];

    /// <summary>Reads <c>NAME[:ro|rw]</c>.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static InheritedMounts Parse(string text)
    {
        string[] parts = text.Split(':', 2);
        string[] modes = parts.Length == 1 ? [] : [.. parts[1].Split(',').Except(labels)];
        return parts[0].Length > 0 && modes is [] or ["rw"] or ["ro"]
            ? new InheritedMounts(parts[0], modes is ["ro"])
            : throw new FormatException($"cannot take the volumes of '{text}': give CONTAINER, CONTAINER:ro or CONTAINER:rw");
    }

    /// <summary>Adds the mounts to a description, except where it has mounts of its own.</summary>
    public ContainerDescription AddTo(ContainerDescription description, ContainerDescription other)
    {
        HashSet<string> taken =
        [
            .. description.Volumes.Select(volume => volume.Destination), .. description.Rootfs.Binds.Select(bind => bind.Destination),
            .. description.Spec.Mounts.Select(mount => mount.Destination),
        ];
        VolumeMount[] volumes = [.. other.Volumes.Where(volume => !taken.Contains(volume.Destination)).Select(volume => volume with { ReadOnly = volume.ReadOnly || IsReadOnly })];
        RootfsBind[] binds = [.. other.Rootfs.Binds.Where(bind => !taken.Contains(bind.Destination)).Select(bind => bind with { IsWritable = bind.IsWritable && !IsReadOnly })];
        return description with
        {
            Volumes = [.. description.Volumes, .. volumes],
            Rootfs = description.Rootfs with { Binds = [.. description.Rootfs.Binds, .. binds] },
        };
    }
}
