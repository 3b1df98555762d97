using System.Globalization;
using Hearth.Linux;

namespace Hearth.ControlGroups;

/// <summary>
/// A container's control group, in as many hierarchies as it takes. Its keeper is in it, and all that the keeper starts
/// afterwards: what the kernel counts and limits is the container as a whole.
/// </summary>
public sealed class ContainerGroup
{
    /// <summary>A killed process ends at once, but for one that waits for a disk or a device.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(30);

    /// <summary>A group of this name, or that begins with it and a dash, is Hearth's own, and goes with the last group beneath it.</summary>
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

    /// <summary>What of the limits that every container gets this host cannot keep, for people.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>The pids of its processes, those in groups beneath it among them.</summary>
    public IReadOnlyList<int> Processes => [.. groups.SelectMany(group => group.Processes()).Distinct().Order()];

    /// <summary>Processes that the kernel killed since the group's memory had run out.</summary>
    public long OomKills => Find(Controllers.Memory) is { } memory ? GroupStatistics.CountOomKills(memory) : 0;

    /// <summary>Puts a process into the group, and what it starts from now on. Memory that it has already stays counted where it was.</summary>
    /// <exception cref="ControlGroupException">The kernel refuses, or the process is gone.</exception>
    public void AddProcess(int pid)
    {
        foreach (GroupDirectory group in groups)
        {
            Errno errno = Move(pid, group);
            Demand(errno, $"cannot put process {pid} into the container's control group", group, GroupDirectory.ProcessesFile);
        }
    }

    /// <summary>Takes this process back to where it came from, so that the group can be removed.</summary>
    /// <exception cref="ControlGroupException">The kernel refuses.</exception>
    public void Leave()
    {
        foreach (GroupDirectory group in groups)
        {
            ControlGroupHierarchy hierarchy = host.Hierarchies.First(hierarchy => group.Path.StartsWith(hierarchy.MountPoint + "/", StringComparison.Ordinal));
            Errno errno = Move(Environment.ProcessId, group with { Path = hierarchy.DirectoryOf(hierarchy.OwnPath) });
            if (errno is Errno.ENOENT or Errno.ENODEV)
            {
                // Where it came from is gone: a session that ended. The top of a hierarchy takes any process.
                errno = Move(Environment.ProcessId, group with { Path = hierarchy.MountPoint });
            }

            Demand(errno, $"cannot leave the control group '{group.Path}'", group with { Path = hierarchy.DirectoryOf(hierarchy.OwnPath) }, GroupDirectory.ProcessesFile);
        }
    }

    public GroupStatistics ReadStatistics() => GroupStatistics.Read(Find);

    /// <summary>Changes limits; what is null stays.</summary>
    /// <exception cref="ControlGroupException">A limit cannot be set; those before it are.</exception>
    public void Update(ResourceLimits limits) => Limit(limits, []);

    /// <summary>Has all processes stand still; returns when they do. Not for a process of the group itself.</summary>
    /// <exception cref="ControlGroupException">The host has no means, or they did not freeze.</exception>
    public void Freeze() => Freezer().Freeze(EndTimeout);

    /// <exception cref="ControlGroupException">The host has no means.</exception>
    public void Thaw() => Freezer().Thaw();

    /// <summary>
    /// Kills every process of the group, however fast they multiply, and returns when they are gone. The group is of no use
    /// afterwards but to be removed. A process of the group that calls this ends with it.
    /// </summary>
    /// <exception cref="ControlGroupException">Some would not end.</exception>
    public void KillAll() => new GroupProcesses(groups, clock).KillAll(EndTimeout);

    /// <summary>Waits until the group has no process, and removes it.</summary>
    /// <exception cref="ControlGroupException">Processes would not end.</exception>
    public void Remove()
    {
        new GroupProcesses(groups, clock).RemoveAll(EndTimeout);
        foreach (GroupDirectory group in groups)
        {
            RemoveOwnParents(group);
        }
    }

    /// <summary>Sets limits; what of <see cref="ResourceLimits.Asked"/> has no controller is an error, the rest a warning.</summary>
    /// <param name="limits">Null for what is not to be limited.</param>
    /// <param name="troubles">Why controllers are missing, a clause each.</param>
    internal void Limit(ResourceLimits limits, IReadOnlyList<string> troubles)
    {
        Controllers there = groups.Aggregate(Controllers.None, (all, group) => all | group.Controllers);
        Controllers missing = limits.Asked & ~there;
        string because = troubles.Count > 0 ? string.Join("; ", troubles) : "this host has no control group with it";
        if (missing != Controllers.None)
        {
            throw new ControlGroupException(ControlGroupError.ControllerMissing, $"cannot set the limits that were asked for: the controller {Name(missing)} is not there: {because}");
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
                    $"cannot set the limits that were asked for: the controller {Name(setting.Controller)} of this kernel has no {setting.Ways[0].File}");
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
                // Another container is beneath it, or was faster.
                return;
            }

            parent = Path.GetDirectoryName(parent);
        }
    }

    private GroupFreezer Freezer() => Find(Controllers.Freezer) is { } group
        ? new GroupFreezer(group, clock)
        : throw new ControlGroupException(ControlGroupError.ControllerMissing, "cannot freeze the container: this host has neither cgroup v2 nor v1's freezer");

    /// <summary>v2's where both have it.</summary>
    private GroupDirectory? Find(Controllers controller) =>
        groups.Where(group => group.Controllers.HasFlag(controller)).MaxBy(group => group.Version);
}
