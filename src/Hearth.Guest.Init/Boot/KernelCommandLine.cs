namespace Hearth.Guest.Init.Boot;

/// <summary>Init's arguments in the kernel's command line, each of the form <c>hearth.NAME=VALUE</c>.</summary>
internal static class KernelCommandLine
{
    /// <summary>Returns the last value of a name; null if there is none.</summary>
    internal static string? Find(string commandLine, string name)
    {
        string prefix = name + "=";
        return Array.FindLast(Split(commandLine), word => word.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
    }

    private static string[] Split(string commandLine) =>
        commandLine.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
