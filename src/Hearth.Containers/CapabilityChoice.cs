using Hearth.Containers.Specification;
using Hearth.Linux.Processes;

namespace Hearth.Containers;

/// <summary>
/// docker's <c>--cap-add</c> and <c>--cap-drop</c>, by docker's rules, except for where they begin: a container without them has all
/// capabilities, since they are those of its own kernel.
/// </summary>
public static class CapabilityChoice
{
    private const string All = "ALL";
    private const string Prefix = "CAP_";

    /// <summary>The capabilities of a container.</summary>
    /// <param name="added">Names with or without <c>CAP_</c>, in any case, or <c>ALL</c>.</param>
    /// <param name="dropped">The same.</param>
    /// <param name="isPrivileged">Whether it keeps all, whatever the lists say.</param>
    /// <returns>Null for all of them.</returns>
    /// <exception cref="FormatException">There is no capability of a name.</exception>
    public static CapabilitiesSpec? Read(IEnumerable<string> added, IEnumerable<string> dropped, bool isPrivileged)
    {
        string[] add = [.. added.Select(FullName)], drop = [.. dropped.Select(FullName)];
        IEnumerable<string> kept = isPrivileged ? CapabilitySet.AllNames
            : add.Contains(All) ? CapabilitySet.AllNames.Except(drop)
            : drop.Contains(All) ? CapabilitySet.AllNames.Intersect(add)
            : CapabilitySet.AllNames.Except(drop.Except(add));
        string[] names = [.. kept];
        return names.Length == CapabilitySet.AllNames.Count ? null : new CapabilitiesSpec { Bounding = names, Effective = names, Permitted = names };
    }

    /// <summary>The shorter pair of lists from which <see cref="Read"/> makes these capabilities.</summary>
    public static (IReadOnlyList<string> Added, IReadOnlyList<string> Dropped) ListsOf(CapabilitiesSpec? capabilities)
    {
        if (capabilities is null)
        {
            return ([], []);
        }

        string[] missing = [.. CapabilitySet.AllNames.Except(capabilities.Effective)];
        return missing.Length <= capabilities.Effective.Count ? ([], missing) : (capabilities.Effective, [All]);
    }

    private static string FullName(string name)
    {
        string upper = name.ToUpperInvariant();
        return upper == All ? All
            : CapabilitySet.Parse(name) == 0 ? throw new FormatException($"there is no capability '{name}': give a name of capabilities(7), such as NET_ADMIN, or ALL")
            : upper.StartsWith(Prefix, StringComparison.Ordinal) ? upper : Prefix + upper;
    }
}
