using System.Text.RegularExpressions;

namespace Hearth.ControlGroups;

/// <summary>
/// The path of a container's control group, the same in each hierarchy. An absolute path begins at the hierarchy's mount point. A
/// relative path begins at the group of this program, as with runc. In v2, it begins at the nearest ancestor without processes,
/// since a group with processes cannot have child groups with limits.
/// </summary>
/// <param name="Path">The path, without <c>.</c>, <c>..</c> and doubled slashes.</param>
public sealed partial record GroupPlace(string Path)
{
    /// <summary>The default parent of groups.</summary>
    public const string DefaultParent = "/hearth";

    /// <summary>The environment variable that sets another default parent.</summary>
    public const string ParentVariable = "HEARTH_CGROUP_PARENT";

    private const string Slice = ".slice";

    /// <summary>The slice that systemd uses if none is given.</summary>
    private const string DefaultSlice = "system.slice";

    public bool IsAbsolute => Path.StartsWith('/');

    /// <summary>The place of a container's own group in a parent.</summary>
    /// <param name="parent">
    /// A path, or the name of a systemd slice; empty or null for the value of <see cref="ParentVariable"/>, else
    /// <see cref="DefaultParent"/>.
    /// </param>
    /// <param name="id">The container's id.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <exception cref="ControlGroupException">The parent is not a valid path.</exception>
    public static GroupPlace Beneath(string? parent, string id, Func<string, string?> environment)
    {
        string chosen = First(parent, environment(ParentVariable), DefaultParent);
        string path = chosen.EndsWith(Slice, StringComparison.Ordinal) && !chosen.Contains('/', StringComparison.Ordinal) ? ExpandSlice(chosen) : chosen;
        return new GroupPlace(Clean($"{path}/{id}", chosen));
    }

    /// <summary>
    /// The place that an engine sets with <c>linux.cgroupsPath</c> of the OCI specification. The engines' form for systemd,
    /// <c>SLICE:PREFIX:NAME</c>, is translated to the path that systemd would use, without a request to systemd.
    /// </summary>
    /// <exception cref="ControlGroupException">The value is not a valid path.</exception>
    public static GroupPlace Of(string cgroupsPath)
    {
        if (SystemdForm().Match(cgroupsPath) is not { Success: true } match)
        {
            return new GroupPlace(Clean(cgroupsPath, cgroupsPath));
        }

        string slice = match.Groups["slice"].Value;
        string prefix = match.Groups["prefix"].Value;
        string name = match.Groups["name"].Value;
        string unit = name.EndsWith(Slice, StringComparison.Ordinal) ? name : $"{(prefix.Length > 0 ? prefix + "-" : "")}{name}.scope";
        return new GroupPlace(Clean($"{ExpandSlice(slice.Length > 0 ? slice : DefaultSlice)}/{unit}", cgroupsPath));
    }

    /// <summary>A slice's name contains its ancestors: <c>a-b.slice</c> is in <c>a.slice</c> (systemd.slice(5)).</summary>
    private static string ExpandSlice(string slice)
    {
        string path = "";
        string[] words = slice[..^Slice.Length].Split('-', StringSplitOptions.RemoveEmptyEntries);
        for (int count = 1; count <= words.Length; count++)
        {
            path += $"/{string.Join('-', words.Take(count))}{Slice}";
        }

        return path;
    }

    private static string Clean(string path, string given)
    {
        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0 || names.Any(name => name is "." or ".." || name.Contains('\0', StringComparison.Ordinal)))
        {
            throw new ControlGroupException(
                ControlGroupError.PlaceInvalid,
                $"'{given}' is not a control group path: use a path such as {DefaultParent}, without '.' and '..'");
        }

        return (path.StartsWith('/') ? "/" : "") + string.Join('/', names);
    }

    private static string First(string? given, string? fromEnvironment, string fallback) =>
        !string.IsNullOrEmpty(given) ? given : !string.IsNullOrEmpty(fromEnvironment) ? fromEnvironment : fallback;

    [GeneratedRegex(@"^(?<slice>([^/:]+\.slice)?):(?<prefix>[^/:]*):(?<name>[^/:]+)$")]
    private static partial Regex SystemdForm();
}
