using Hearth.Linux;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Qemu;

/// <summary>
/// A directory for a confined QEMU to take as its root: one that was removed already and lives by its descriptor alone, so that
/// nobody can ever create anything in it.
/// </summary>
internal static class EmptyRoot
{
    /// <param name="runDirectory">Where it stands for a moment.</param>
    /// <exception cref="MachineException">The run directory takes none.</exception>
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
            throw new MachineException(MachineError.InvalidConfiguration, $"The run directory {runDirectory} cannot be used: {failure.Message}", failure);
        }
    }
}
