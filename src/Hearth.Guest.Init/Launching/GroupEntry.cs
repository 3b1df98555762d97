using Hearth.Guest.Init.Resources;

namespace Hearth.Guest.Init.Launching;

/// <summary>The file to which a child of init writes to enter the container's control group.</summary>
internal static class GroupEntry
{
    /// <summary>The number that means the writing process in cgroups(7).</summary>
    internal const string TheWriter = "0";

    /// <summary>The text before the path in the unified hierarchy, in the cgroup file of proc(5).</summary>
    private const string UnifiedPrefix = "0::";

    /// <summary>
    /// Finds the group's list of members. If the container manages its own groups (systemd), the kernel accepts no process in the
    /// outermost one; a further process then joins the group of the first process.
    /// </summary>
    /// <param name="firstPid">The container's first process; 0 if none runs.</param>
    internal static string FindMembers(int firstPid)
    {
        string group = firstPid != 0 && File.ReadAllText($"{ContainerGroup.Path}/cgroup.subtree_control").Trim().Length > 0
            ? ContainerGroup.Hierarchy + GroupOf(firstPid)
            : ContainerGroup.Path;
        return $"{group}/cgroup.procs";
    }

    private static string GroupOf(int pid) =>
        Array.Find(File.ReadAllLines($"/proc/{pid}/cgroup"), line => line.StartsWith(UnifiedPrefix, StringComparison.Ordinal))![UnifiedPrefix.Length..];
}
