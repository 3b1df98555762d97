using System.Globalization;

namespace Hearth.Worker.Docker.Containers;

/// <summary>
/// The arguments of ps(1) that choose columns: <c>-e</c> and <c>-f</c>, <c>a</c>, <c>u</c> and <c>x</c>, and <c>-o</c> with a list. Which
/// processes there are does not depend on them: docker shows all of the container.
/// </summary>
internal static class ProcessColumns
{
    private const string Number = "PID";
    private const string Unknown = "-";

    private static readonly Dictionary<string, ProcessColumn> all = new()
    {
        ["pid"] = new(Number, shown => NumberOf(shown.Process.Pid)),
        ["ppid"] = new("PPID", shown => NumberOf(shown.Process.ParentPid)),
        ["uid"] = new("UID", shown => NumberOf(shown.Process.UserId)),
        ["user"] = new("USER", shown => NumberOf(shown.Process.UserId)),
        ["c"] = new("C", shown => shown.ProcessorPercent.ToString("0", CultureInfo.InvariantCulture)),
        ["pcpu"] = new("%CPU", shown => shown.ProcessorPercent.ToString("0.0", CultureInfo.InvariantCulture)),
        ["pmem"] = new("%MEM", shown => (100.0 * shown.Process.ResidentBytes / shown.MemoryBytes).ToString("0.0", CultureInfo.InvariantCulture)),
        ["vsz"] = new("VSZ", _ => Unknown),
        ["rss"] = new("RSS", shown => NumberOf(shown.Process.ResidentBytes >> 10)),
        ["stime"] = new("STIME", shown => shown.Start.ToString(shown.Age < TimeSpan.FromDays(1) ? "HH:mm" : "MMMdd", CultureInfo.InvariantCulture)),
        ["start"] = new("STARTED", shown => shown.Start.ToString(shown.Age < TimeSpan.FromDays(1) ? "HH:mm:ss" : "MMM dd", CultureInfo.InvariantCulture)),
        ["etime"] = new("ELAPSED", shown => shown.Age.ToString(shown.Age.Days > 0 ? @"d\-hh\:mm\:ss" : shown.Age.Hours > 0 ? @"hh\:mm\:ss" : @"mm\:ss", CultureInfo.InvariantCulture)),
        ["tty"] = new("TTY", shown => shown.Process.Terminal ?? "?"),
        ["stat"] = new("STAT", shown => shown.Process.State),
        ["s"] = new("S", shown => shown.Process.State),
        ["nlwp"] = new("NLWP", shown => NumberOf(shown.Process.Threads)),
        ["time"] = new("TIME", shown => $"{(long)shown.ProcessorTime.TotalHours:00}:{shown.ProcessorTime:mm\\:ss}"),
        ["bsdtime"] = new("TIME", shown => $"{(long)shown.ProcessorTime.TotalMinutes}:{shown.ProcessorTime:ss}"),
        ["comm"] = new("COMMAND", shown => NameOf(shown.Process.Command)),
        ["cmd"] = new("CMD", shown => shown.Process.Command),
        ["args"] = new("COMMAND", shown => shown.Process.Command),
    };

    /// <summary>Other names of columns; the title is that of ps(1).</summary>
    private static readonly Dictionary<string, (string Name, string Title)> others = new()
    {
        ["command"] = ("args", "COMMAND"), ["ucmd"] = ("comm", "CMD"), ["ucomm"] = ("comm", "COMMAND"), ["%cpu"] = ("pcpu", "%CPU"), ["%mem"] = ("pmem", "%MEM"), ["rssize"] = ("rss", "RSS"),
        ["tname"] = ("tty", "TTY"), ["tt"] = ("tty", "TT"), ["state"] = ("s", "S"), ["thcount"] = ("nlwp", "THCNT"), ["cputime"] = ("time", "TIME"), ["euid"] = ("uid", "EUID"),
        ["euser"] = ("user", "EUSER"), ["uname"] = ("user", "USER"), ["tgid"] = ("pid", "TGID"), ["vsize"] = ("vsz", "VSZ"),
    };

    /// <exception cref="ApiException">The arguments are others, or the number is in no column.</exception>
    public static IReadOnlyList<ProcessColumn> Parse(string arguments)
    {
        string[] words = arguments.Split((char[])[' ', '\t', '\n', '\f', '\r'], StringSplitOptions.RemoveEmptyEntries);
        HashSet<char> letters = [];
        List<ProcessColumn> chosen = [];
        for (int at = 0; at < words.Length; at++)
        {
            string word = words[at].TrimStart('-');
            int list = word.IndexOf('o', StringComparison.Ordinal);
            letters.UnionWith(list < 0 ? word : word[..list]);
            if (list >= 0)
            {
                string columns = word.Length > list + 1 ? word[(list + 1)..] : ++at < words.Length ? words[at] : throw Refused(arguments);
                chosen.AddRange(columns.Split(',').Select(column => Find(column) ?? throw Refused(arguments)));
            }
        }

        if (!letters.IsSubsetOf("eAafuxw"))
        {
            throw Refused(arguments);
        }

        ProcessColumn[] found = chosen.Count > 0 ? [.. chosen] : UsualOf(letters, arguments.Contains('-', StringComparison.Ordinal));
        return found.Any(column => column.Title == Number) ? found : throw ApiException.BadRequest("Couldn't find PID field in ps output");
    }

    /// <summary>The columns of ps(1) without a list.</summary>
    private static ProcessColumn[] UsualOf(HashSet<char> letters, bool hasDash) => letters.Contains('u') ? Columns("user pid pcpu pmem vsz rss tty stat stime:START bsdtime args")
        : letters.Contains('f') && hasDash ? Columns("uid pid ppid c stime tty time cmd")
        : letters.Contains('a') || letters.Contains('x') ? Columns("pid tty stat bsdtime args")
        : Columns("pid tty time ucmd");

    private static ProcessColumn[] Columns(string names) => [.. names.Split(' ').Select(name => name.Split(':')).Select(parts => parts.Length == 1 ? Find(parts[0])! : Find(parts[0])! with { Title = parts[1] })];

    /// <param name="text"><c>NAME</c>, or <c>NAME=TITLE</c>.</param>
    /// <returns>Null if there is no such column.</returns>
    private static ProcessColumn? Find(string text)
    {
        string[] parts = text.Split('=', 2);
        string name = parts[0].ToLowerInvariant();
        ProcessColumn? found = all.TryGetValue(name, out ProcessColumn? column) ? column
            : others.TryGetValue(name, out (string Name, string Title) other) ? all[other.Name] with { Title = other.Title }
            : null;
        return parts.Length == 2 && found is not null ? found with { Title = parts[1] } : found;
    }

    private static ApiException Refused(string arguments) => ApiException.BadRequest(
        $"cannot list processes as 'ps {arguments}': there are -e, -f, a, u, x, and -o with {string.Join(',', all.Keys)}");

    /// <summary>The program's name, as long as the kernel keeps it.</summary>
    private static string NameOf(string command)
    {
        const int Most = 15;
        string program = command.Split(' ')[0];
        string name = program[(program.LastIndexOf('/') + 1)..];
        return name.Length > Most ? name[..Most] : name;
    }

    private static string NumberOf(long number) => number.ToString(CultureInfo.InvariantCulture);
}
