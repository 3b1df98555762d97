namespace Hearth.Runtime.Machines;

/// <summary>The program that becomes the guest's first process.</summary>
public static class GuestInit
{
    public const string Variable = "HEARTH_INIT";

    private const string FileName = "hearth-init";

    /// <param name="named">The caller's choice; null for the one beside this program.</param>
    /// <exception cref="RuntimeException">It is not there.</exception>
    public static string Find(string? named)
    {
        string path = string.IsNullOrEmpty(named) ? Path.Combine(AppContext.BaseDirectory, FileName) : named;
        return File.Exists(path) ? path : throw new RuntimeException(
            RuntimeError.InitUnavailable,
            $"the guest's init is not at '{path}': it belongs beside the hearth program, or where ${Variable} says; in a checkout, './dev build' makes it");
    }
}
