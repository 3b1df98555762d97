namespace Hearth.ControlGroups;

/// <summary>The kernel's names of controllers in each of its two interfaces.</summary>
internal static class ControllerNames
{
    private static readonly (string Word, Controllers Controller)[] version1 =
    [
        ("cpu", Controllers.Cpu), ("cpuacct", Controllers.CpuUsage), ("cpuset", Controllers.Cpuset), ("memory", Controllers.Memory),
        ("pids", Controllers.Pids), ("blkio", Controllers.Io), ("freezer", Controllers.Freezer),
    ];

    private static readonly (string Word, Controllers Controller)[] version2 =
    [
        ("cpu", Controllers.Cpu), ("cpuset", Controllers.Cpuset), ("memory", Controllers.Memory), ("pids", Controllers.Pids), ("io", Controllers.Io),
    ];

    /// <summary>The controllers with these names; unknown names are ignored.</summary>
    public static Controllers Parse(int version, IEnumerable<string> words)
    {
        Controllers found = Controllers.None;
        foreach (string word in words)
        {
            found |= Of(version).FirstOrDefault(known => known.Word == word).Controller;
        }

        return found;
    }

    /// <summary>The name of each controller. A function that a version has without a controller has no name.</summary>
    public static IEnumerable<(string Word, Controllers Controller)> Words(int version, Controllers controllers) =>
        Of(version).Where(known => controllers.HasFlag(known.Controller));

    private static (string Word, Controllers Controller)[] Of(int version) => version == 2 ? version2 : version1;
}
