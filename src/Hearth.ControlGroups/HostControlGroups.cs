namespace Hearth.ControlGroups;

/// <summary>
/// The control groups of this host, v2, v1 or both, as this process sees them. A container has a group of the same name in each
/// hierarchy that controls something for it; a host without any runs containers too, unlimited.
/// </summary>
public sealed class HostControlGroups
{
    /// <summary>Wanted of every host; what it lacks of these is told as a warning, unless it was asked for by name.</summary>
    private const Controllers Always = Controllers.Cpu | Controllers.CpuUsage | Controllers.Memory | Controllers.Pids | Controllers.Io | Controllers.Freezer;

    private readonly IReadOnlyList<string> problems;
    private readonly TimeProvider clock;

    internal HostControlGroups(IReadOnlyList<ControlGroupHierarchy> hierarchies, IReadOnlyList<string> problems, TimeProvider clock)
    {
        Hierarchies = hierarchies;
        this.problems = problems;
        this.clock = clock;
    }

    /// <summary>Those that can be written to.</summary>
    internal IReadOnlyList<ControlGroupHierarchy> Hierarchies { get; }

    internal ControlGroupLayout Layout => (Hierarchies.Any(hierarchy => hierarchy.Version == 1), Hierarchies.Any(hierarchy => hierarchy.Version == 2)) switch
    {
        (true, true) => ControlGroupLayout.Hybrid,
        (true, false) => ControlGroupLayout.Version1,
        (false, true) => ControlGroupLayout.Version2,
        _ => ControlGroupLayout.None,
    };

    /// <summary>Looks where this process stands: before it joins a container's group, so that it can go back.</summary>
    public static HostControlGroups Detect(TimeProvider clock)
    {
        var problems = new List<string>();
        try
        {
            IReadOnlyList<ControlGroupHierarchy> found = MountedHierarchies.Find(
                File.ReadLines("/proc/self/mountinfo"), File.ReadLines("/proc/self/cgroup"), ReadUnified, problems);
            return new HostControlGroups(found, problems, clock);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new HostControlGroups([], [.. problems, exception.Message], clock);
        }
    }

    /// <summary>The directories that a group would have here, there or not: to be written down before they are made.</summary>
    public IReadOnlyList<string> DirectoriesOf(GroupPlace place) =>
        [.. Hierarchies.Select(hierarchy => hierarchy.DirectoryOf(GroupCreation.PathOf(hierarchy, place)))];

    /// <summary>Makes a container's group and sets its limits. It has no processes yet.</summary>
    /// <exception cref="ControlGroupException">
    /// A limit that was asked for cannot be set, or the group belongs to somebody's processes; then nothing is left.
    /// </exception>
    public ContainerGroup Create(GroupPlace place, ResourceLimits limits)
    {
        Controllers wanted = Always | limits.Asked;
        var made = new List<GroupDirectory>();
        var troubles = new List<string>(problems);
        foreach (ControlGroupHierarchy hierarchy in Hierarchies.Where(hierarchy => hierarchy.Version == 2 || (hierarchy.Controllers & wanted) != 0))
        {
            if (new GroupCreation(hierarchy, wanted, troubles).TryMake(place) is { } directory)
            {
                made.Add(directory);
            }
        }

        var group = new ContainerGroup(made, this, clock);
        try
        {
            if (group.Processes is [int first, ..])
            {
                throw new ControlGroupException(
                    ControlGroupError.PlaceTaken, $"cannot take the control group '{place.Path}' for a container: it has processes already, {first} among them; give another");
            }

            group.Limit(limits, troubles);
            return group;
        }
        catch
        {
            if (group.Processes.Count == 0)
            {
                group.Remove();
            }

            throw;
        }
    }

    /// <summary>A group that another process made, by its directories as they were written down; some may be gone or never have been.</summary>
    public ContainerGroup Open(IEnumerable<string> directories) => new(
        [
            .. from directory in directories
               where Directory.Exists(directory)
               let hierarchy = Hierarchies.FirstOrDefault(hierarchy => directory.StartsWith(hierarchy.MountPoint + "/", StringComparison.Ordinal))
               where hierarchy is not null
               select new GroupDirectory(hierarchy.Version, GroupCreation.ControllersOf(hierarchy, directory), directory),
        ],
        this,
        clock);

    /// <summary>Ends whatever is in the group of a container whose keeper died, and removes it.</summary>
    /// <exception cref="ControlGroupException">Processes would not end.</exception>
    public void Reclaim(IEnumerable<string> directories)
    {
        ContainerGroup group = Open(directories);
        group.KillAll();
        group.Remove();
    }

    private static string[] ReadUnified(string mountPoint)
    {
        string file = Path.Combine(mountPoint, "cgroup.controllers");
        return File.Exists(file) ? File.ReadAllText(file).Split(' ', '\n') : [];
    }
}

/// <summary>Which interfaces of control groups a host has.</summary>
internal enum ControlGroupLayout
{
    None,
    Version1,

    /// <summary>Controllers divided between the two.</summary>
    Hybrid,
    Version2,
}
