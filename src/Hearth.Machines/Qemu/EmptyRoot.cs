using Hearth.Linux;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Qemu;

/// <summary>
/// The root directory of a confined QEMU. The directory is already removed and exists only through its descriptor, so nothing
/// can be created in it.
/// </summary>
internal static class EmptyRoot
{
    /// <param name="runDirectory">The directory in which it is created and removed immediately.</param>
    /// <exception cref="MachineException">The directory cannot be created there.</exception>
    internal static SafeFileHandle Create(string runDirectory)
    {
        string path = Path.Combine(runDirectory, "root");
        try
        {
            Directory.CreateDirectory(path, UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            SafeFileHandle held = RootedPaths.Hold(path);
            Directory.Delete(path);
            return held;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or LinuxException)
        {
            throw new MachineException(
                MachineError.InvalidConfiguration, $"cannot use the run directory {runDirectory}: {failure.Message}", failure);
        }
    }
}
