using System.Text.RegularExpressions;

namespace Hearth.ControlGroups;

/// <summary>
/// Where a container's control group stands, the same in each hierarchy. An absolute path begins at the top of a hierarchy as it
/// is mounted here; a relative one at the group that this program is in, as with runc (in v2, at the nearest group above it that
/// has no processes of its own, since others may have no limited groups beneath them).
/// </summary>
/// <param name="Path">Without <c>.</c>, <c>..</c> and doubled slashes.</param>
public sealed partial record GroupPlace(string Path)
{
    /// <summary>Where groups stand for which nothing else is said.</summary>
    public const string DefaultParent = "/hearth";

    /// <summary>An environment variable that says something else.</summary>
    public const string ParentVariable = "HEARTH_CGROUP_PARENT";

    private const string Slice = ".slice";

    /// <summary>systemd's unit for what was given none.</summary>
    private const string DefaultSlice = "system.slice";

    public bool IsAbsolute => Path.StartsWith('/');

    /// <summary>A group of a container's own beneath a parent.</summary>
    /// <param name="parent">A path, or the name of a systemd slice; empty or null for <see cref="ParentVariable"/>, else <see cref="DefaultParent"/>.</param>
    /// <param name="id">The container's.</param>
    /// <param name="environment">Looks up a variable.</param>
    /// <exception cref="ControlGroupException">The parent is no path.</exception>
    public static GroupPlace Beneath(string? parent, string id, Func<string, string?> environment)
    {
        string chosen = First(parent, environment(ParentVariable), DefaultParent);
        string path = chosen.EndsWith(Slice, StringComparison.Ordinal) && !chosen.Contains('/', StringComparison.Ordinal) ? ExpandSlice(chosen) : chosen;
        return new GroupPlace(Clean($"{path}/{id}", chosen));
    }

    /// <summary>
    /// A group that an engine names, by the specification's <c>linux.cgroupsPath</c>. The form that engines have for systemd,
    /// <c>SLICE:PREFIX:NAME</c>, becomes the path that systemd would make of it; systemd itself is not spoken to.
    /// </summary>
    /// <exception cref="ControlGroupException">It is no path.</exception>
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

    /// <summary>A slice's name tells its ancestors: <c>a-b.slice</c> stands in <c>a.slice</c> (systemd.slice(5)).</summary>
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
            throw new ControlGroupException(ControlGroupError.PlaceInvalid, $"'{given}' is no place for a control group: give a path such as {DefaultParent}, without '.' and '..'");
        }

        return (path.StartsWith('/') ? "/" : "") + string.Join('/', names);
    }

    private static string First(string? given, string? fromEnvironment, string fallback) =>
        !string.IsNullOrEmpty(given) ? given : !string.IsNullOrEmpty(fromEnvironment) ? fromEnvironment : fallback;

    [GeneratedRegex(@"^(?<slice>([^/:]+\.slice)?):(?<prefix>[^/:]*):(?<name>[^/:]+)$")]
    private static partial Regex SystemdForm();
}
