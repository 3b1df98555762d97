namespace Hearth.ControlGroups;

/// <summary>
/// The control groups of this host, v2, v1 or both, as this process sees them. A container has a group of the same name in each
/// hierarchy with a controller for it. A host without control groups runs containers too, without limits.
/// </summary>
public sealed class HostControlGroups
{
    /// <summary>
    /// The controllers for every container. If the host lacks one, that is a warning, or an error if its limit was requested.
    /// </summary>
    private const Controllers Always = Controllers.Cpu | Controllers.CpuUsage | Controllers.Memory | Controllers.Pids | Controllers.Io | Controllers.Freezer;

    private readonly IReadOnlyList<string> problems;
    private readonly TimeProvider clock;

    internal HostControlGroups(IReadOnlyList<ControlGroupHierarchy> hierarchies, IReadOnlyList<string> problems, TimeProvider clock)
    {
        Hierarchies = hierarchies;
        this.problems = problems;
        this.clock = clock;
    }

    /// <summary>Why limits cannot be set, one clause for each reason; empty if they can.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>The writable hierarchies.</summary>
    internal IReadOnlyList<ControlGroupHierarchy> Hierarchies { get; }

    internal ControlGroupLayout Layout => (Hierarchies.Any(hierarchy => hierarchy.Version == 1), Hierarchies.Any(hierarchy => hierarchy.Version == 2)) switch
    {
        (true, true) => ControlGroupLayout.Hybrid,
        (true, false) => ControlGroupLayout.Version1,
        (false, true) => ControlGroupLayout.Version2,
        _ => ControlGroupLayout.None,
    };

    /// <summary>
    /// Detects the hierarchies and the current groups of this process. It must run before this process joins a container's group,
    /// so that it can return to its previous one.
    /// </summary>
    public static HostControlGroups Detect(TimeProvider clock)
    {
        var problems = new List<string>();
        try
        {
            return new HostControlGroups(Find("self", problems), problems, clock);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new HostControlGroups([], [.. problems, exception.Message], clock);
        }
    }

    /// <summary>The directories of a group on this host, whether they exist or not. Callers record them before they are created.</summary>
    public IReadOnlyList<string> DirectoriesOf(GroupPlace place) =>
        [.. Hierarchies.Select(hierarchy => hierarchy.DirectoryOf(GroupCreation.PathOf(hierarchy, place)))];

    /// <summary>Creates a container's group and sets its limits. It has no processes yet.</summary>
    /// <exception cref="ControlGroupException">
    /// A requested limit cannot be set, or the group already has processes. No new group is left behind.
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
                    ControlGroupError.PlaceTaken,
                    $"cannot use the control group '{place.Path}': it already has processes, such as {first}; name another group");
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

    /// <summary>
    /// Opens a group that another process created, by its recorded directories. Some of them may be removed, or may never have
    /// existed.
    /// </summary>
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

    /// <summary>Kills all processes in the group of a container whose keeper died, and removes the group.</summary>
    /// <exception cref="ControlGroupException">Some processes did not end in time.</exception>
    public void Reclaim(IEnumerable<string> directories)
    {
        ContainerGroup group = Open(directories);
        group.KillAll();
        group.Remove();
    }

    /// <summary>The directory of the group that this host's first process has in a hierarchy.</summary>
    internal static string FirstProcessDirectory(ControlGroupHierarchy hierarchy) =>
        Find("1", []).FirstOrDefault(each => each.MountPoint == hierarchy.MountPoint) is { } found ? found.DirectoryOf(found.OwnPath) : hierarchy.MountPoint;

    /// <summary>The hierarchies with the groups of a process.</summary>
    private static IReadOnlyList<ControlGroupHierarchy> Find(string process, List<string> problems) =>
        MountedHierarchies.Find(File.ReadLines("/proc/self/mountinfo"), File.ReadLines($"/proc/{process}/cgroup"), ReadUnified, problems);

    private static string[] ReadUnified(string mountPoint)
    {
        string file = Path.Combine(mountPoint, "cgroup.controllers");
        return File.Exists(file) ? File.ReadAllText(file).Split(' ', '\n') : [];
    }
}

/// <summary>The versions of control groups on a host.</summary>
internal enum ControlGroupLayout
{
    None,
    Version1,

    /// <summary>Both versions; each has some of the controllers.</summary>
    Hybrid,
    Version2,
}
