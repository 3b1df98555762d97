using System.Globalization;

namespace Hearth.Guest.Init.Processes;

/// <summary>Finds who descends from a process, by init's own /proc.</summary>
internal static class ProcessFamily
{
    /// <summary>
    /// Its children and theirs, and whoever is in its session: so one whose parent has ended is found too. The process itself
    /// is not among them.
    /// </summary>
    internal static IReadOnlyList<int> FindDescendants(int pid)
    {
        List<(int Pid, int Parent, int Session)> all = [];
        foreach (string directory in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int found)
                && TryReadStatus(found) is { } status)
            {
                all.Add((found, status.Parent, status.Session));
            }
        }

        HashSet<int> family = [pid];
        int before;
        do
        {
            before = family.Count;
            family.UnionWith(all.Where(one => family.Contains(one.Parent) || one.Session == pid).Select(one => one.Pid));
        }
        while (family.Count > before);

        family.Remove(pid);
        return [.. family];
    }

    /// <summary>Reads fields 4 and 6 of proc(5)'s stat; the name before them is in parentheses and may hold anything.</summary>
    internal static (int Parent, int Session)? ParseStatus(string stat)
    {
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 3
            && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out int parent)
            && int.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out int session)
            ? (parent, session)
            : null;
    }

    private static (int Parent, int Session)? TryReadStatus(int pid)
    {
        try
        {
            return ParseStatus(File.ReadAllText($"/proc/{pid}/stat"));
        }
        catch (IOException)
        {
            return null; // It has ended since the directory was listed.
        }
    }
}
