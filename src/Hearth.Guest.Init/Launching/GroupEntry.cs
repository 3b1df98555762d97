using Hearth.Guest.Init.Resources;
using Hearth.Linux;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Launching;

/// <summary>How a process of init's moves into the container's control group, and into the view that has this group as its root.</summary>
internal static class GroupEntry
{
    private const string Members = "cgroup.procs";

    /// <summary>What proc(5)'s cgroup says before the path in the unified hierarchy.</summary>
    private const string UnifiedPrefix = "0::";

    /// <param name="firstPid">The container's first process; 0 where the caller becomes it.</param>
    internal static void Enter(int firstPid)
    {
        MoveIn(firstPid);
        if (firstPid == 0)
        {
            Namespaces.Unshare(NamespaceKinds.Cgroup);
            return;
        }

        using SafeFileHandle view = File.OpenHandle($"/proc/{firstPid}/ns/cgroup");
        Namespaces.Enter(view, NamespaceKinds.Cgroup);
    }

    /// <summary>
    /// A container that manages groups of its own (systemd) has none in the outermost, where the kernel then takes no process:
    /// the caller joins the first process wherever that has gone.
    /// </summary>
    internal static void MoveIn(int firstPid)
    {
        try
        {
            Join(ContainerGroup.Path);
        }
        catch (LinuxException failure) when (failure.Errno == Errno.EBUSY && firstPid != 0)
        {
            Join(ContainerGroup.Hierarchy + GroupOf(firstPid));
        }
    }

    private static string GroupOf(int pid) =>
        File.ReadAllLines($"/proc/{pid}/cgroup").First(line => line.StartsWith(UnifiedPrefix, StringComparison.Ordinal))[UnifiedPrefix.Length..];

    private static void Join(string directory) => ControlGroup.WriteFile($"{directory}/{Members}", "0");
}
