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
        List<(int Pid, ProcessStat Stat)> all = All();
        HashSet<int> family = [pid];
        int before;
        do
        {
            before = family.Count;
            foreach ((int other, ProcessStat stat) in all)
            {
                if (family.Contains(stat.Parent) || stat.Session == pid)
                {
                    family.Add(other);
                }
            }
        }
        while (family.Count > before);

        family.Remove(pid);
        return [.. family];
    }

    /// <summary>Lists all processes of the guest, from init's own /proc.</summary>
    internal static List<(int Pid, ProcessStat Stat)> All()
    {
        List<(int Pid, ProcessStat Stat)> all = [];
        foreach (string directory in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && ProcessStat.TryRead(pid) is { } stat)
            {
                all.Add((pid, stat));
            }
        }

        return all;
    }
}
