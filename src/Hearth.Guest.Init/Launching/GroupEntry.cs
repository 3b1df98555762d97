using Hearth.Guest.Init.Resources;

namespace Hearth.Guest.Init.Launching;

/// <summary>Where a process of init's writes itself to be in the container's control group.</summary>
internal static class GroupEntry
{
    /// <summary>cgroups(7)'s name for whoever writes it.</summary>
    internal const string TheWriter = "0";

    /// <summary>What proc(5)'s cgroup says before the path in the unified hierarchy.</summary>
    private const string UnifiedPrefix = "0::";

    /// <summary>
    /// The file of members. A container that manages groups of its own (systemd) has none in the outermost, where the kernel then
    /// takes no process: one more joins the first wherever that has gone.
    /// </summary>
    /// <param name="firstPid">The container's first process; 0 where none runs.</param>
    internal static string FindMembers(int firstPid)
    {
        string group = firstPid != 0 && File.ReadAllText($"{ContainerGroup.Path}/cgroup.subtree_control").Trim().Length > 0
            ? ContainerGroup.Hierarchy + GroupOf(firstPid)
            : ContainerGroup.Path;
        return $"{group}/cgroup.procs";
    }

    private static string GroupOf(int pid) =>
        File.ReadAllLines($"/proc/{pid}/cgroup").First(line => line.StartsWith(UnifiedPrefix, StringComparison.Ordinal))[UnifiedPrefix.Length..];
}
