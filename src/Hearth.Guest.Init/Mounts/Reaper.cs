namespace Hearth.Guest.Init.Mounts;

/// <summary>
/// docker's --init: a process 1 that passes signals on to the container's command and reaps orphans. It is the program of init
/// under another name; what it does there is in reaper.c, before the runtime starts.
/// </summary>
internal static class Reaper
{
    /// <summary>What reaper.c knows it by. In /dev, since every container has one of its own to which a file can be added.</summary>
    internal const string Path = "/dev/hearth-reaper";

    private const string OwnProgram = "/init";

    internal static void Show(ContainerTree tree) => tree.Bind(OwnProgram, Path, isFile: true);

    /// <summary>The arguments by which it starts a command and looks after it.</summary>
    internal static IReadOnlyList<string> Wrap(IReadOnlyList<string> arguments) => [Path, "--", .. arguments];
}
