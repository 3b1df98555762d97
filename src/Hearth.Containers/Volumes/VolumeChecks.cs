namespace Hearth.Containers.Volumes;

/// <summary>What of a container's volumes can be judged before anything is taken.</summary>
internal static class VolumeChecks
{
    /// <summary>Each is a thread or two in the guest and a table on the host.</summary>
    private const int MostBinds = 64;

    /// <summary>The guest mounts these anew for itself.</summary>
    private static readonly string[] guestsOwnPlaces = ["/proc", "/sys", "/dev"];

    /// <exception cref="HearthException">A destination that cannot be, or two of the same.</exception>
    public static void Check(IReadOnlyList<VolumeMount> volumes)
    {
        foreach (VolumeMount mount in volumes)
        {
            CheckDestination(mount);
            if (mount.Kind == VolumeKind.Volume)
            {
                VolumeName.Require(mount.Source);
            }
            else if (!mount.Source.StartsWith('/'))
            {
                throw Refuse(mount, "the host's path has to be absolute");
            }
        }

        if (volumes.GroupBy(mount => mount.Destination.TrimEnd('/')).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new HearthException(HearthError.InvalidRequest, $"two volumes are to be at '{twice.Key}': give each its own place");
        }

        if (volumes.Where(mount => mount.Kind == VolumeKind.Volume).GroupBy(mount => mount.Source).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new HearthException(
                HearthError.InvalidRequest, $"the volume '{same.Key}' is to be at two places: a volume is a disk, which a guest can have once");
        }

        if (volumes.Count(mount => mount.Kind == VolumeKind.Bind) > MostBinds)
        {
            throw new HearthException(HearthError.InvalidRequest, $"a container can have {MostBinds} directories of the host that it may write to, and no more");
        }
    }

    private static void CheckDestination(VolumeMount mount)
    {
        string[] names = mount.Destination.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (!mount.Destination.StartsWith('/') || names.Length == 0 || names.Any(name => name is "." or "..") || mount.Destination.Contains('\0', StringComparison.Ordinal))
        {
            throw Refuse(mount, "the place in the container has to be an absolute path other than /, without '.' and '..'");
        }

        if (guestsOwnPlaces.FirstOrDefault(place => place == $"/{names[0]}") is string place)
        {
            throw Refuse(mount, $"{place} is the guest's own");
        }
    }

    private static HearthException Refuse(VolumeMount mount, string cause) =>
        new(HearthError.InvalidRequest, $"cannot mount '{mount.Source}' at '{mount.Destination}': {cause}");
}
