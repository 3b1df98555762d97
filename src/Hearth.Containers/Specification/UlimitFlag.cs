using System.Globalization;

namespace Hearth.Containers.Specification;

/// <summary>Reads docker's <c>--ulimit nofile=1024:2048</c>: a resource of setrlimit(2), its soft and its hard limit; -1 means none.</summary>
public static class UlimitFlag
{
    private static readonly string[] names =
    [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack",
    ];

    /// <exception cref="FormatException">An unknown resource, or an invalid limit.</exception>
    public static RlimitSpec Parse(string text)
    {
        string[] parts = text.Split('=', 2);
        if (parts.Length != 2 || parts[1].Length == 0)
        {
            throw new FormatException($"invalid ulimit '{text}': give NAME=SOFT[:HARD], such as nofile=1024:2048");
        }

        string name = parts[0].ToLowerInvariant();
        if (!names.Contains(name))
        {
            throw new FormatException($"invalid ulimit '{text}': there is no resource '{parts[0]}'; there are {string.Join(", ", names)}");
        }

        string[] limits = parts[1].Split(':', 2);
        ulong soft = ParseLimit(limits[0], text);
        ulong hard = limits.Length == 2 ? ParseLimit(limits[1], text) : soft;
        return soft <= hard
            ? new RlimitSpec($"RLIMIT_{name.ToUpperInvariant()}", soft, hard)
            : throw new FormatException($"invalid ulimit '{text}': the soft limit is above the hard one");
    }

    private static ulong ParseLimit(string text, string whole) =>
        text is "-1" or "unlimited" ? ulong.MaxValue
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong limit) ? limit
        : throw new FormatException($"invalid ulimit '{whole}': '{text}' is neither a number nor -1 for no limit");
}
