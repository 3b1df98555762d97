using Hearth.Containers.Volumes;

namespace Hearth.Containers;

/// <summary>What of a description can be judged before anything is taken.</summary>
public static class DescriptionChecks
{
    /// <exception cref="HearthException">Not root, no root directory, or no command.</exception>
    public static void Check(ContainerDescription description)
    {
        if (description.Spec.Root is null)
        {
            throw new HearthException(HearthError.InvalidRequest, "the container's description names no root directory");
        }

        if (description.Spec.Process is not { Args.Count: > 0 })
        {
            throw new HearthException(HearthError.InvalidRequest, "the container's description names no command");
        }

        CheckRoot(description.Spec.Root.Path);
        if (description.TimeZone is { } zone)
        {
            TimeZoneFile.Read(zone);
        }

        VolumeChecks.Check(description.Volumes);
        if (!Environment.IsPrivilegedProcess)
        {
            throw new HearthException(HearthError.HostUnsuitable,
                "running a container needs root, to serve its disk and to start its machine: run hearth with sudo");
        }
    }

    private static void CheckRoot(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        throw new HearthException(
            HearthError.RootUnavailable,
            File.Exists(path)
                ? $"cannot take '{path}' as a root: it is a file, and a root is a directory"
                : $"cannot take '{path}' as a root: there is no such directory");
    }
}
