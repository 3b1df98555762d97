namespace Hearth.Guest.Init.Boot;

/// <summary>What the kernel's command line says to init: words of the form <c>hearth.NAME=VALUE</c>.</summary>
internal static class KernelCommandLine
{
    /// <summary>The last value given to a name; null where there is none.</summary>
    internal static string? Find(string commandLine, string name)
    {
        string prefix = name + "=";
        return Array.FindLast(Split(commandLine), word => word.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
    }

    private static string[] Split(string commandLine) =>
        commandLine.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
