using Hearth.Linux;

namespace Hearth.ControlGroups;

/// <summary>
/// Makes a container's group in one hierarchy: the directories that lead to it, and in v2 the passing on of controllers from
/// each to the next. What cannot be had is told, and the group is made without it.
/// </summary>
/// <param name="hierarchy">Where.</param>
/// <param name="wanted">The controllers that are to be at work in the group.</param>
/// <param name="problems">Takes why some are not, a clause each.</param>
internal sealed class GroupCreation(ControlGroupHierarchy hierarchy, Controllers wanted, List<string> problems)
{
    /// <summary>What every group of v2 does without a controller.</summary>
    private const Controllers OfEveryGroup = Controllers.CpuUsage | Controllers.Freezer;

    private const string EnabledFile = "cgroup.subtree_control";

    /// <summary>A parent that was empty may be removed by another container's end while this one begins; each time somebody made progress.</summary>
    private const int MostAttempts = 100;

    /// <summary>The path beneath the hierarchy's top that a place means.</summary>
    public static string PathOf(ControlGroupHierarchy hierarchy, GroupPlace place) => place.IsAbsolute
        ? place.Path
        : $"{(hierarchy.Version == 2 ? NearestWithoutProcesses(hierarchy) : hierarchy.OwnPath).TrimEnd('/')}/{place.Path}";

    /// <returns>The controllers that a group has which is there.</returns>
    public static Controllers ControllersOf(ControlGroupHierarchy hierarchy, string directory) => hierarchy.Version == 1
        ? hierarchy.Controllers
        : Words(directory, "cgroup.controllers") | OfEveryGroup;

    /// <returns>Null where the group cannot be made.</returns>
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
                problems.Add($"no group can be made in '{hierarchy.MountPoint}': {exception.Message}");
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

    /// <summary>Unlike <see cref="Directory.CreateDirectory(string)"/>, does not make a parent that has just been removed, unprepared.</summary>
    private static void MakeOne(string directory)
    {
        if (!Directory.Exists(Path.GetDirectoryName(directory)))
        {
            throw new DirectoryNotFoundException($"'{Path.GetDirectoryName(directory)}' is gone");
        }

        Directory.CreateDirectory(directory);
    }

    /// <summary>A group of v2 has the controllers that its parent passes on, and a parent with processes passes none on (but for the root).</summary>
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
                    ? "it has processes of its own; move them into a group beneath it, or name another parent with --cgroup-parent"
                    : errno.ToString();
                problems.Add($"'{directory}' does not pass the controller {word} on: {reason}");
            }
        }
    }

    /// <summary>A new cpuset of v1 is empty, and takes no process before it has processors and memory.</summary>
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
