namespace Hearth.Containers.Volumes;

/// <summary>Checks a container's volumes before any resource is taken.</summary>
internal static class VolumeChecks
{
    /// <summary>Each bind takes a thread or two in the guest and a table on the host.</summary>
    private const int MostBinds = 64;

    /// <summary>The guest mounts its own file systems here.</summary>
    private static readonly string[] guestsOwnPlaces = ["/proc", "/sys", "/dev"];

    /// <exception cref="HearthException">A destination is invalid, or two are the same.</exception>
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
                throw Refuse(mount, "the host's path must be absolute");
            }
        }

        if (volumes.GroupBy(mount => mount.Destination.TrimEnd('/')).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot mount two volumes at '{twice.Key}': give each its own destination");
        }

        if (volumes.Where(mount => mount.Kind == VolumeKind.Volume).GroupBy(mount => mount.Source).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new HearthException(
                HearthError.InvalidRequest, $"cannot mount the volume '{same.Key}' twice: a volume is a disk, which a guest can have once");
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
            throw Refuse(mount, "the destination must be an absolute path other than /, without '.' and '..'");
        }

        if (guestsOwnPlaces.FirstOrDefault(place => place == $"/{names[0]}") is string place)
        {
            throw Refuse(mount, $"{place} is the guest's own");
        }
    }

    private static HearthException Refuse(VolumeMount mount, string cause) =>
        new(HearthError.InvalidRequest, $"cannot mount '{mount.Source}' at '{mount.Destination}': {cause}");
}
