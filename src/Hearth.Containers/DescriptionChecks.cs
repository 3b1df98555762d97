using Hearth.Containers.Volumes;

namespace Hearth.Containers;

/// <summary>Checks a description before any resource is taken.</summary>
public static class DescriptionChecks
{
    /// <exception cref="HearthException">The user is not root, or the root directory or the command is missing.</exception>
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

        if (description.Image is null)
        {
            CheckRoot(description.Spec.Root.Path);
        }

        if (description.TimeZone is { } zone)
        {
            TimeZoneFile.Read(zone);
        }

        VolumeChecks.Check(description.Volumes);
        NetworkChecks.Check(description.Network);
        if (!Environment.IsPrivilegedProcess)
        {
            throw new HearthException(HearthError.HostUnsuitable,
                "cannot run a container: serving its disk and starting its machine need root; run hearth with sudo");
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
