using Hearth.Runtime.Guest;
using Hearth.Runtime.Volumes;

namespace Hearth.Runtime;

/// <summary>What of a request can be judged before anything is taken.</summary>
internal static class RunChecks
{
    /// <exception cref="RuntimeException">Not root, no root directory, or a request without a command.</exception>
    public static void Check(RunRequest request)
    {
        if (request.Spec.Root is null)
        {
            throw new RuntimeException(RuntimeError.InvalidRequest, "the container's description names no root directory");
        }

        if (request.Spec.Process is not { Args.Count: > 0 })
        {
            throw new RuntimeException(RuntimeError.InvalidRequest, "the container's description names no command");
        }

        CheckRoot(request.Spec.Root.Path);
        if (request.TimeZone is { } zone)
        {
            TimeZoneFile.Read(zone);
        }

        VolumeChecks.Check(request.Volumes);
        if (!Environment.IsPrivilegedProcess)
        {
            throw new RuntimeException(RuntimeError.HostUnsuitable,
                "running a container needs root, to serve its disk and to start its machine: run hearth with sudo");
        }
    }

    private static void CheckRoot(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        throw new RuntimeException(
            RuntimeError.RootUnavailable,
            File.Exists(path)
                ? $"cannot take '{path}' as a root: it is a file, and a root is a directory"
                : $"cannot take '{path}' as a root: there is no such directory");
    }
}
