using System.Globalization;
using Hearth.Containers;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;

namespace Hearth.Images.Configuration.Changes;

/// <summary>HEALTHCHECK: <c>NONE</c>, or <c>[--interval=TIME] [--timeout=TIME] [--start-period=TIME] [--start-interval=TIME] [--retries=N] CMD COMMAND</c>.</summary>
internal static class HealthInstruction
{
    private const long NanosecondsPerTick = 100;

    /// <summary>docker's least; 0 means its default.</summary>
    private static readonly TimeSpan shortest = TimeSpan.FromMilliseconds(1);

    /// <exception cref="ImageException">It is malformed.</exception>
    public static HealthConfiguration Parse(Instruction instruction)
    {
        HealthConfiguration health = new();
        string rest = instruction.Text;
        while (rest.StartsWith("--", StringComparison.Ordinal))
        {
            string[] parts = rest.Split((char[]?)null, 2, StringSplitOptions.TrimEntries);
            health = ReadFlag(health, parts[0], instruction);
            rest = parts.ElementAtOrDefault(1) ?? "";
        }

        string[] words = rest.Split((char[]?)null, 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string kind = words.ElementAtOrDefault(0)?.ToUpperInvariant() ?? "";
        return (kind, words.Length) switch
        {
            ("NONE", 1) when rest == instruction.Text => health with { Test = ["NONE"] },
            ("NONE", _) => throw instruction.Wrong("NONE takes no flags and no words"),
            ("CMD", 2) => health with { Test = TestOf(instruction with { Text = words[1] }) },
            ("CMD", _) => throw instruction.Wrong("CMD needs a command"),
            _ => throw instruction.Wrong("after the flags comes NONE, or CMD and a command"),
        };
    }

    private static string[] TestOf(Instruction command) =>
        command.TryReadArray() is { } words ? ["CMD", .. words] : ["CMD-SHELL", command.Text];

    private static HealthConfiguration ReadFlag(HealthConfiguration health, string flag, Instruction instruction)
    {
        string[] parts = flag.Split('=', 2);
        string value = parts.ElementAtOrDefault(1) ?? "";
        return parts[0] switch
        {
            "--interval" => health with { Interval = ReadTime(flag, value, instruction) },
            "--timeout" => health with { Timeout = ReadTime(flag, value, instruction) },
            "--start-period" => health with { StartPeriod = ReadTime(flag, value, instruction) },
            "--start-interval" => health with { StartInterval = ReadTime(flag, value, instruction) },
            "--retries" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int retries) => health with { Retries = retries },
            "--retries" => throw instruction.Wrong($"'{flag}' has no number"),
            _ => throw instruction.Wrong($"'{parts[0]}' is no flag; there are --interval, --timeout, --start-period, --start-interval and --retries"),
        };
    }

    /// <returns>Nanoseconds.</returns>
    private static long ReadTime(string flag, string value, Instruction instruction) => GoDuration.TryParse(value) switch
    {
        { } time when time == TimeSpan.Zero || (time >= shortest && time.Ticks <= long.MaxValue / NanosecondsPerTick) => time.Ticks * NanosecondsPerTick,
        _ => throw instruction.Wrong($"'{flag}' has no time; write one such as 30s, of 1ms at least"),
    };
}
