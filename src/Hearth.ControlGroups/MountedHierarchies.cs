using System.Text.RegularExpressions;

namespace Hearth.ControlGroups;

/// <summary>
/// Finds the trees of control groups by what the kernel tells this process: proc_pid_mountinfo(5) where they are, and
/// /proc/self/cgroup (cgroups(7)) where the process stands in each.
/// </summary>
internal static partial class MountedHierarchies
{
    private const int RootField = 3;
    private const int PointField = 4;
    private const int OptionsField = 5;

    /// <param name="mounts">Lines of mountinfo.</param>
    /// <param name="memberships">Lines of /proc/self/cgroup: <c>ID:CONTROLLERS:PATH</c>.</param>
    /// <param name="readUnified">Gives the words of cgroup.controllers of a v2 mount point.</param>
    /// <param name="problems">Takes what is there and cannot be used, a clause each.</param>
    public static IReadOnlyList<ControlGroupHierarchy> Find(
        IEnumerable<string> mounts, IEnumerable<string> memberships, Func<string, IEnumerable<string>> readUnified, List<string> problems)
    {
        string[][] places = [.. memberships.Select(line => line.Split(':', 3)).Where(fields => fields.Length == 3)];
        var found = new List<ControlGroupHierarchy>();
        foreach (string[] fields in mounts.Select(line => line.Split(' ')))
        {
            int dash = Array.IndexOf(fields, "-");
            if (dash < 0 || dash + 3 >= fields.Length || fields[dash + 1] is not ("cgroup" or "cgroup2"))
            {
                continue;
            }

            int version = fields[dash + 1] == "cgroup2" ? 2 : 1;
            string point = Unescape(fields[PointField]);
            string[] words = version == 2 ? [.. readUnified(point)] : fields[dash + 3].Split(',');
            Controllers controllers = ControllerNames.Parse(version, words);
            if (version == 1 && controllers == Controllers.None)
            {
                continue;
            }

            if (fields[OptionsField].Split(',').Contains("ro") || fields[dash + 3].Split(',').Contains("ro"))
            {
                problems.Add($"'{point}' is mounted read-only");
                continue;
            }

            // The same tree may be mounted in several places: the first that is not another's part of it is enough.
            bool isKnown = found.Any(other => other.Version == version && (version == 2 || (other.Controllers & controllers) != 0));
            if (!isKnown)
            {
                found.Add(new ControlGroupHierarchy(version, controllers, point, OwnPath(version, controllers, Unescape(fields[RootField]), places)));
            }
        }

        return found;
    }

    /// <summary>Where this process stands, as seen from the mount; at its top where the mount does not show it.</summary>
    private static string OwnPath(int version, Controllers controllers, string root, string[][] places)
    {
        string? path = places.FirstOrDefault(fields => version == 2
            ? fields[1].Length == 0
            : (ControllerNames.Parse(1, fields[1].Split(',')) & controllers) != 0)?[2];
        if (path is null || !path.StartsWith(root, StringComparison.Ordinal))
        {
            return "/";
        }

        string beneath = root == "/" ? path : path[root.Length..];
        return beneath.Length == 0 ? "/" : beneath.StartsWith('/') ? beneath : "/";
    }

    /// <summary>The kernel writes blanks and the like as a backslash and three octal digits.</summary>
    private static string Unescape(string field) => Octal().Replace(field, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();
}
