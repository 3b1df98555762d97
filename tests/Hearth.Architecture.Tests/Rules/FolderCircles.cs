using Hearth.Architecture.Tests.Compiled;

namespace Hearth.Architecture.Tests.Rules;

/// <summary>
/// Folders of a room, which are its namespaces: a folder uses its own parts, its siblings, and what is above it; siblings form no
/// circle. The types directly in a folder that has folders are above these.
/// </summary>
internal static class FolderCircles
{
    public static IEnumerable<string> Violations(CompiledRoom room)
    {
        TypeUse[] own = [.. room.Uses.Where(use => IsWithin(use.User.Namespace, room.Name) && IsWithin(use.Used.Namespace, room.Name))];
        IEnumerable<string> parents = own.SelectMany(use => new[] { use.User.Namespace, use.Used.Namespace }).SelectMany(name => AboveAndItself(name, room.Name)).Distinct().Order(StringComparer.Ordinal);
        return parents.SelectMany(parent => CirclesBeneath(parent, own)).Select(circle => $"{room.Name}: {circle}");
    }

    private static IEnumerable<string> CirclesBeneath(string parent, TypeUse[] uses)
    {
        ILookup<string, (string Used, TypeUse Use)> edges = (
            from use in uses
            let user = ChildOf(parent, use.User.Namespace)
            let used = ChildOf(parent, use.Used.Namespace)
            where user is not null && used is not null && user != used
            select (User: user, Used: used, Use: use)).ToLookup(edge => edge.User, edge => (edge.Used, edge.Use));
        foreach (IGrouping<string, (string Used, TypeUse Use)> folder in edges)
        {
            foreach (IGrouping<string, (string Used, TypeUse Use)> used in folder.GroupBy(edge => edge.Used).Where(used => Reaches(used.Key, folder.Key, edges)))
            {
                yield return $"{folder.Key} and {used.Key} form a circle, for {string.Join(", ", used.Select(edge => edge.Use.ToString()).Distinct().Order(StringComparer.Ordinal))}";
            }
        }
    }

    private static bool Reaches(string from, string goal, ILookup<string, (string Used, TypeUse Use)> edges)
    {
        HashSet<string> seen = [from];
        Queue<string> next = new([from]);
        while (next.TryDequeue(out string? folder))
        {
            if (folder == goal)
            {
                return true;
            }

            foreach (string used in edges[folder].Select(edge => edge.Used).Where(seen.Add))
            {
                next.Enqueue(used);
            }
        }

        return false;
    }

    private static bool IsWithin(string name, string parent) => name == parent || name.StartsWith(parent + ".", StringComparison.Ordinal);

    /// <summary>The part of a name directly beneath a parent; null where it is not beneath it.</summary>
    private static string? ChildOf(string parent, string name) =>
        name.StartsWith(parent + ".", StringComparison.Ordinal) ? name[(parent.Length + 1)..].Split('.')[0] : null;

    private static IEnumerable<string> AboveAndItself(string name, string root)
    {
        for (string at = name; at.Length >= root.Length; at = at[..Math.Max(0, at.LastIndexOf('.'))])
        {
            yield return at;
        }
    }
}
