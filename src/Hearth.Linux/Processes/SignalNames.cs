using System.Globalization;

namespace Hearth.Linux.Processes;

/// <summary>Signals as people write them: <c>KILL</c>, <c>SIGKILL</c>, <c>9</c>, <c>RTMIN+3</c> (signal(7), x86-64 and arm64).</summary>
public static class SignalNames
{
    private const int FirstRealTime = 34;
    private const int LastSignal = 64;

    private static readonly string[] names =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    private static readonly Dictionary<string, int> others = new(StringComparer.Ordinal) { ["IOT"] = 6, ["CLD"] = 17, ["POLL"] = 29, ["UNUSED"] = 31 };

    /// <exception cref="FormatException">There is no such signal.</exception>
    public static int Parse(string text)
    {
        string name = text.ToUpperInvariant();
        name = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
        int number = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given
            : Array.IndexOf(names, name) is >= 0 and int index ? index + 1
            : others.TryGetValue(name, out int other) ? other
            : RealTime(name, "RTMIN", FirstRealTime, 1) ?? RealTime(name, "RTMAX", LastSignal, -1) ?? 0;
        return number is > 0 and <= LastSignal ? number : throw new FormatException($"'{text}' is not a signal: give a name such as TERM or a number from 1 to {LastSignal}");
    }

    /// <summary>The signal's name with its prefix, such as <c>SIGTERM</c>; its number if it has none.</summary>
    public static string NameOf(int signal) => signal > 0 && signal <= names.Length ? $"SIG{names[signal - 1]}" : signal.ToString(CultureInfo.InvariantCulture);

    private static int? RealTime(string name, string start, int from, int direction)
    {
        if (name == start)
        {
            return from;
        }

        char sign = direction > 0 ? '+' : '-';
        return name.StartsWith(start + sign, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(start.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int offset)
            && from + (direction * offset) is >= FirstRealTime and <= LastSignal and int number
            ? number
            : null;
    }
}
