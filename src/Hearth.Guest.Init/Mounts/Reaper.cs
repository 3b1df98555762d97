namespace Hearth.Guest.Init.Mounts;

/// <summary>
/// docker's --init: a process 1 that forwards signals to the container's command and reaps orphans. It is init's program under
/// another name; reaper.c implements it and runs before the .NET runtime starts.
/// </summary>
internal static class Reaper
{
    /// <summary>The name by which reaper.c recognizes its role. It is in /dev, which is the container's own and writable.</summary>
    internal const string Path = "/dev/hearth-reaper";

    private const string OwnProgram = "/init";

    internal static void Show(ContainerTree tree) => tree.Bind(OwnProgram, Path, isFile: true);

    /// <summary>Returns the reaper's arguments to run a command.</summary>
    internal static IReadOnlyList<string> Wrap(IReadOnlyList<string> arguments) => [Path, "--", .. arguments];
}
