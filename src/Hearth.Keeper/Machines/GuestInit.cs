using Hearth.Containers;

namespace Hearth.Keeper.Machines;

/// <summary>The program that becomes the guest's first process.</summary>
internal static class GuestInit
{
    private const string FileName = "hearth-init";

    /// <param name="named">The caller's choice; null for the one beside this program.</param>
    /// <exception cref="HearthException">It is not there.</exception>
    public static string Find(string? named)
    {
        string path = string.IsNullOrEmpty(named) ? Path.Combine(AppContext.BaseDirectory, FileName) : named;
        return File.Exists(path) ? path : throw new HearthException(
            HearthError.InitUnavailable,
            $"the guest's init is not at '{path}': it belongs beside the hearth program, or where ${ContainerDescription.InitVariable} says; in a checkout, './dev build' makes it");
    }
}
