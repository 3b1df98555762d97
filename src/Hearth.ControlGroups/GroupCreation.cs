using Hearth.Linux;

namespace Hearth.ControlGroups;

/// <summary>
/// Creates a container's group in one hierarchy with its parent directories. In v2, it also enables the controllers in each
/// parent. If a controller is not available, it adds the reason to the problems and continues without that controller.
/// </summary>
/// <param name="hierarchy">The hierarchy.</param>
/// <param name="wanted">The controllers that the group should have.</param>
/// <param name="problems">Receives the reasons for missing controllers, one clause each.</param>
internal sealed class GroupCreation(ControlGroupHierarchy hierarchy, Controllers wanted, List<string> problems)
{
    /// <summary>The functions that every group of v2 has without a controller.</summary>
    private const Controllers OfEveryGroup = Controllers.CpuUsage | Controllers.Freezer;

    private const string EnabledFile = "cgroup.subtree_control";

    /// <summary>
    /// The end of another container may remove an empty parent while this group is being created. Then the creation is repeated;
    /// each time, another container has made progress.
    /// </summary>
    private const int MostAttempts = 100;

    /// <summary>The path of a place, relative to the hierarchy's mount point.</summary>
    public static string PathOf(ControlGroupHierarchy hierarchy, GroupPlace place) => place.IsAbsolute
        ? place.Path
        : $"{(hierarchy.Version == 2 ? NearestWithoutProcesses(hierarchy) : hierarchy.OwnPath).TrimEnd('/')}/{place.Path}";

    /// <returns>The controllers of an existing group.</returns>
    public static Controllers ControllersOf(ControlGroupHierarchy hierarchy, string directory) => hierarchy.Version == 1
        ? hierarchy.Controllers
        : Words(directory, "cgroup.controllers") | OfEveryGroup;

    /// <returns>The group; null if it cannot be created.</returns>
    public GroupDirectory? TryMake(GroupPlace place)
    {
        string path = PathOf(hierarchy, place);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                string directory = Make(path);
                return new GroupDirectory(hierarchy.Version, ControllersOf(hierarchy, directory), directory);
            }
            catch (DirectoryNotFoundException) when (attempt < MostAttempts)
            {
                continue;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                problems.Add($"cannot create a group in '{hierarchy.MountPoint}': {exception.Message}");
                return null;
            }
        }
    }

    private static string NearestWithoutProcesses(ControlGroupHierarchy hierarchy)
    {
        string path = hierarchy.OwnPath;
        while (path != "/" && new GroupDirectory(2, Controllers.None, hierarchy.DirectoryOf(path)).Read(GroupDirectory.ProcessesFile) is not "")
        {
            path = path[..Math.Max(1, path.LastIndexOf('/'))];
        }

        return path;
    }

    private static Controllers Words(string directory, string file) =>
        ControllerNames.Parse(2, (new GroupDirectory(2, Controllers.None, directory).Read(file) ?? "").Split(' ', '\n'));

    private string Make(string path)
    {
        string parent = hierarchy.MountPoint;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            PassOn(parent);
            string directory = $"{parent}/{name}";
            if (!Directory.Exists(directory))
            {
                MakeOne(directory);
            }

            Inherit(parent, directory);
            parent = directory;
        }

        return parent;
    }

    /// <summary>
    /// Creates one directory. Unlike <see cref="Directory.CreateDirectory(string)"/>, it does not recreate a parent that has just
    /// been removed: such a parent would lack its settings.
    /// </summary>
    private static void MakeOne(string directory)
    {
        if (!Directory.Exists(Path.GetDirectoryName(directory)))
        {
            throw new DirectoryNotFoundException($"'{Path.GetDirectoryName(directory)}' does not exist any more");
        }

        Directory.CreateDirectory(directory);
    }

    /// <summary>
    /// Enables the controllers for the child groups of a directory. A group of v2 has only the controllers that its parent enables,
    /// and a parent with processes cannot enable any (except the root).
    /// </summary>
    private void PassOn(string directory)
    {
        if (hierarchy.Version != 2)
        {
            return;
        }

        Controllers missing = wanted & Words(directory, "cgroup.controllers") & ~Words(directory, EnabledFile);
        foreach ((string word, _) in ControllerNames.Words(2, missing))
        {
            Errno errno = new GroupDirectory(2, missing, directory).TryWrite(EnabledFile, "+" + word);
            if (errno != Errno.None)
            {
                string reason = errno == Errno.EBUSY
                    ? "it has processes; move them into a child group, or name another parent with --cgroup-parent"
                    : errno.ToString();
                problems.Add($"cannot enable the controller {word} in '{directory}': {reason}");
            }
        }
    }

    /// <summary>
    /// Copies processors and memory nodes from the parent: a new cpuset of v1 is empty, and does not accept a process before it has
    /// both.
    /// </summary>
    private void Inherit(string parent, string directory)
    {
        if (hierarchy.Version != 1 || !hierarchy.Controllers.HasFlag(Controllers.Cpuset))
        {
            return;
        }

        var from = new GroupDirectory(1, Controllers.Cpuset, parent);
        var to = new GroupDirectory(1, Controllers.Cpuset, directory);
        foreach (string file in (string[])["cpuset.cpus", "cpuset.mems"])
        {
            if (to.Read(file)?.Trim() is "")
            {
                to.TryWrite(file, from.Read(file)?.Trim() ?? "");
            }
        }
    }
}
