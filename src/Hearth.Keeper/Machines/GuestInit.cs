using Hearth.Containers;

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
}
