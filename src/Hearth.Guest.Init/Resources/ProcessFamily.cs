using System.Globalization;

namespace Hearth.Guest.Init.Resources;

/// <summary>Finds the descendants of a process, in init's own /proc.</summary>
internal static class ProcessFamily
{
    /// <summary>
    /// Returns the process's children, their children and so on, and all processes of its session, so that one whose parent has
    /// ended is found too. The process itself is not included.
    /// </summary>
    internal static IReadOnlyList<int> FindDescendants(int pid)
    {
        (int Pid, ProcessStat Stat)[] all = [.. All()];
        HashSet<int> family = [pid];
        int before;
        do
        {
            before = family.Count;
            family.UnionWith(all.Where(one => family.Contains(one.Stat.Parent) || one.Stat.Session == pid).Select(one => one.Pid));
        }
        while (family.Count > before);

        family.Remove(pid);
        return [.. family];
    }

    /// <summary>Lists all processes of the guest, from init's own /proc.</summary>
    internal static IEnumerable<(int Pid, ProcessStat Stat)> All()
    {
        foreach (string directory in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && ProcessStat.TryRead(pid) is { } stat)
            {
                yield return (pid, stat);
            }
        }
    }
}
