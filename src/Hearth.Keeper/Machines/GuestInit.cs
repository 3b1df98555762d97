using Hearth.Containers;
using Hearth.Machines.Initramfs;
using Hearth.Machines.Kernel;

namespace Hearth.Keeper.Machines;

/// <summary>The program that becomes the guest's first process.</summary>
internal static class GuestInit
{
    private const string FileName = "hearth-init";

    /// <param name="named">The path that the caller chose; null for the file beside this program.</param>
    /// <exception cref="HearthException">The file does not exist.</exception>
    public static string Find(string? named)
    {
        string path = string.IsNullOrEmpty(named) ? Path.Combine(AppContext.BaseDirectory, FileName) : named;
        return File.Exists(path) ? path : throw new HearthException(
            HearthError.InitUnavailable,
            $"cannot find the guest's init at '{path}': it must be beside the hearth program or at ${ContainerDescription.InitVariable}; in a checkout, './dev build' builds it");
    }

    /// <summary>Writes an initramfs with the init program and the modules that the kernel needs.</summary>
    /// <exception cref="HearthException">The run directory's disk is full, or cannot be written.</exception>
    public static void Pack(string path, string init, KernelEntry kernel, IReadOnlyList<string> modules)
    {
        try
        {
            InitramfsImage.Write(path, init, kernel, modules);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(
                HearthError.StorageFailed, $"cannot write the guest's initramfs '{path}': {exception.Message}; free some space, or name another place with --run-dir", exception);
        }
    }
}
