using System.Globalization;
using Hearth.Linux;

namespace Hearth.ControlGroups;

/// <summary>
/// A container's control group, in every hierarchy that it needs. The container's keeper joins it, so all processes that the
/// keeper starts afterwards are in it too. The kernel counts and limits the container as a whole.
/// </summary>
public sealed class ContainerGroup
{
    /// <summary>A killed process ends immediately, unless it waits for a disk or a device.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A group with this name, or with this prefix and a dash, belongs to Hearth. It is removed together with its last child group.
    /// </summary>
    private const string OwnName = "hearth";

    private readonly IReadOnlyList<GroupDirectory> groups;
    private readonly HostControlGroups host;
    private readonly TimeProvider clock;
    private readonly List<string> warnings = [];

    internal ContainerGroup(IReadOnlyList<GroupDirectory> groups, HostControlGroups host, TimeProvider clock)
    {
        this.groups = groups;
        this.host = host;
        this.clock = clock;
    }

    public IReadOnlyList<string> Directories => [.. groups.Select(group => group.Path)];

    /// <summary>The default limits that this host cannot enforce, as messages for users.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>The process ids in this group and its child groups.</summary>
    public IReadOnlyList<int> Processes => [.. groups.SelectMany(group => group.Processes()).Distinct().Order()];

    /// <summary>The number of processes that the kernel killed because the group was out of memory.</summary>
    public long OomKills => Find(Controllers.Memory) is { } memory ? GroupStatistics.CountOomKills(memory) : 0;

    /// <summary>
    /// Moves a process into the group. Its future child processes are in the group too. Memory that it already has stays
    /// accounted to its previous group.
    /// </summary>
    /// <exception cref="ControlGroupException">The kernel refuses, or the process has ended.</exception>
    public void AddProcess(int pid)
    {
        foreach (GroupDirectory group in groups)
        {
            Errno errno = Move(pid, group);
            Demand(errno, $"cannot put process {pid} into the container's control group", group, GroupDirectory.ProcessesFile);
        }
    }

    /// <summary>Moves this process back to its previous group, so that this group can be removed.</summary>
    /// <exception cref="ControlGroupException">The kernel refuses.</exception>
    public void Leave()
    {
        foreach (GroupDirectory group in groups)
        {
            ControlGroupHierarchy hierarchy = host.Hierarchies.First(hierarchy => group.Path.StartsWith(hierarchy.MountPoint + "/", StringComparison.Ordinal));
            Errno errno = Move(Environment.ProcessId, group with { Path = hierarchy.DirectoryOf(hierarchy.OwnPath) });
            if (errno is Errno.ENOENT or Errno.ENODEV or Errno.EBUSY)
            {
                // The previous group was removed, for example because a service or a session ended. The root of a hierarchy accepts any process.
                errno = Move(Environment.ProcessId, group with { Path = hierarchy.MountPoint });
            }

            if (errno == Errno.EBUSY)
            {
                // In a namespace of control groups, what looks like the root may be a group with controllers, which accepts none. That of the first process does.
                errno = Move(Environment.ProcessId, group with { Path = HostControlGroups.FirstProcessDirectory(hierarchy) });
            }

            Demand(errno, $"cannot leave the control group '{group.Path}'", group with { Path = hierarchy.DirectoryOf(hierarchy.OwnPath) }, GroupDirectory.ProcessesFile);
        }
    }

    public GroupStatistics ReadStatistics() => GroupStatistics.Read(Find);

    /// <summary>Changes limits; null limits stay unchanged.</summary>
    /// <exception cref="ControlGroupException">A limit cannot be set; the limits before it are set.</exception>
    public void Update(ResourceLimits limits) => Limit(limits, []);

    /// <summary>
    /// Suspends all processes; returns when they are suspended. A process of the group itself must not call it.
    /// </summary>
    /// <exception cref="ControlGroupException">The host has no freezer, or the processes did not freeze in time.</exception>
    public void Freeze() => Freezer().Freeze(EndTimeout);

    /// <exception cref="ControlGroupException">The host has no freezer.</exception>
    public void Thaw() => Freezer().Thaw();

    /// <summary>
    /// Kills all processes of the group, even if they keep forking, and returns when they have ended. Afterwards the group can only
    /// be removed. A process of the group that calls this method is killed too.
    /// </summary>
    /// <exception cref="ControlGroupException">Some processes did not end in time.</exception>
    public void KillAll() => new GroupProcesses(groups, clock).KillAll(EndTimeout);

    /// <summary>Waits until the group has no process, and removes it.</summary>
    /// <exception cref="ControlGroupException">Some processes did not end in time, or the kernel did not release the group.</exception>
    public void Remove()
    {
        new GroupProcesses(groups, clock).RemoveAll(EndTimeout);
        foreach (GroupDirectory group in groups)
        {
            RemoveOwnParents(group);
        }
    }

    /// <summary>
    /// Sets limits. A missing controller is an error for <see cref="ResourceLimits.Asked"/> and a warning for the other limits.
    /// </summary>
    /// <param name="limits">The limits; null values are not set.</param>
    /// <param name="troubles">The reasons for missing controllers, one clause each.</param>
    internal void Limit(ResourceLimits limits, IReadOnlyList<string> troubles)
    {
        Controllers there = groups.Aggregate(Controllers.None, (all, group) => all | group.Controllers);
        Controllers missing = limits.Asked & ~there;
        string because = troubles.Count > 0 ? string.Join("; ", troubles) : "this host has no control group with it";
        if (missing != Controllers.None)
        {
            throw new ControlGroupException(
                ControlGroupError.ControllerMissing,
                $"cannot set the requested limits: the controller {Name(missing)} is not available: {because}");
        }

        foreach (GroupDirectory group in groups)
        {
            Write(group, limits);
        }

        Controllers unlimited = ((limits.MemoryInBytes is null ? 0 : Controllers.Memory) | (limits.Tasks is null ? 0 : Controllers.Pids)) & ~there;
        if (unlimited != Controllers.None)
        {
            warnings.Add($"the container has no limit of {Name(unlimited)} on the host: {because}");
        }
    }

    private static void Write(GroupDirectory group, ResourceLimits limits)
    {
        foreach (GroupSetting setting in GroupSettings.Of(group.Version, limits, group.Read).Where(setting => group.Controllers.HasFlag(setting.Controller)))
        {
            (string file, string value) = Array.Find(setting.Ways, way => group.Has(way.File));
            if (file is null)
            {
                if (setting.IsDispensable)
                {
                    continue;
                }

                throw new ControlGroupException(ControlGroupError.ControllerMissing,
                    $"cannot set the requested limits: the kernel's controller {Name(setting.Controller)} has no {setting.Ways[0].File}");
            }

            Demand(group.TryWrite(file, value), $"cannot limit {Name(setting.Controller)} to '{value}'", group, file);
        }
    }

    private static Errno Move(int pid, GroupDirectory group) => group.TryWrite(GroupDirectory.ProcessesFile, pid.ToString(CultureInfo.InvariantCulture));

    private static void Demand(Errno errno, string act, GroupDirectory group, string file)
    {
        if (errno != Errno.None)
        {
            var cause = new LinuxException("write", errno, Path.Combine(group.Path, file));
            throw new ControlGroupException(ControlGroupError.KernelRefused, $"{act}: {cause.Message}", cause);
        }
    }

    private static string Name(Controllers controllers) => string.Join(", ", ControllerNames.Words(2, controllers).Select(known => known.Word));

    private static void RemoveOwnParents(GroupDirectory group)
    {
        string? parent = Path.GetDirectoryName(group.Path);
        while (parent is not null && Path.GetFileName(parent) is string name && (name == OwnName || name.StartsWith(OwnName + "-", StringComparison.Ordinal)))
        {
            try
            {
                Directory.Delete(parent);
            }
            catch (IOException)
            {
                // Another container has a group in it, or another process was faster.
                return;
            }

            parent = Path.GetDirectoryName(parent);
        }
    }

    private GroupFreezer Freezer() => Find(Controllers.Freezer) is { } group
        ? new GroupFreezer(group, clock)
        : throw new ControlGroupException(ControlGroupError.ControllerMissing, "cannot freeze the container: this host has neither cgroup v2 nor v1's freezer");

    /// <summary>Finds the group with a controller; if both versions have it, the one of v2.</summary>
    private GroupDirectory? Find(Controllers controller) =>
        groups.Where(group => group.Controllers.HasFlag(controller)).MaxBy(group => group.Version);
}
