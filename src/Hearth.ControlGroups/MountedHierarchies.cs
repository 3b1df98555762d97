using System.Text.RegularExpressions;

namespace Hearth.ControlGroups;

/// <summary>
/// Finds the hierarchies of control groups. The kernel lists their mount points in proc_pid_mountinfo(5), and this process's group
/// in each of them in /proc/self/cgroup (cgroups(7)).
/// </summary>
internal static partial class MountedHierarchies
{
    private const int RootField = 3;
    private const int PointField = 4;
    private const int OptionsField = 5;

    /// <param name="mounts">The lines of mountinfo.</param>
    /// <param name="memberships">The lines of /proc/self/cgroup: <c>ID:CONTROLLERS:PATH</c>.</param>
    /// <param name="readUnified">Reads the names in cgroup.controllers of a v2 mount point.</param>
    /// <param name="problems">Receives the hierarchies that exist and cannot be used, one clause each.</param>
    public static IReadOnlyList<ControlGroupHierarchy> Find(
        IEnumerable<string> mounts, IEnumerable<string> memberships, Func<string, IEnumerable<string>> readUnified, List<string> problems)
    {
        string[][] places = [.. memberships.Select(line => line.Split(':', 3)).Where(fields => fields.Length == 3)];
        var found = new List<ControlGroupHierarchy>();
        var readOnly = new List<string>();
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
                readOnly.Add(point);
                continue;
            }

            // The same hierarchy may be mounted several times; the first mount of it is enough.
            bool isKnown = found.Any(other => other.Version == version && (version == 2 || (other.Controllers & controllers) != 0));
            if (!isKnown)
            {
                found.Add(new ControlGroupHierarchy(version, controllers, point, OwnPath(version, controllers, Unescape(fields[RootField]), places)));
            }
        }

        if (readOnly.Count > 0)
        {
            problems.Add($"'{readOnly[0]}'{(readOnly.Count > 1 ? $" and {readOnly.Count - 1} more are" : " is")} mounted read-only; a container of an engine has them writable with -v /sys/fs/cgroup:/sys/fs/cgroup");
        }

        return found;
    }

    /// <summary>The group of this process relative to the mount point; the mount point itself if the mount does not contain it.</summary>
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

    /// <summary>The kernel writes blanks and similar characters as a backslash and three octal digits.</summary>
    private static string Unescape(string field) => Octal().Replace(field, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();
}
