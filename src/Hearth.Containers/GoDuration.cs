using System.Globalization;
using System.Text.RegularExpressions;

namespace Hearth.Containers;

/// <summary>Reads lengths of time as docker takes them, in Go's form: <c>10m</c>, <c>1h30m</c>, <c>1.5h</c>, <c>-5s</c>.</summary>
public static partial class GoDuration
{
    private const decimal TicksPerNanosecond = 0.01m;

    /// <returns>Null if it is not one, as a number without a unit, or exceeds <see cref="TimeSpan"/>.</returns>
    public static TimeSpan? TryParse(string text)
    {
        Match match = Pattern().Match(text);
        if (!match.Success)
        {
            return null;
        }

        decimal ticks = 0;
        foreach ((string amount, string unit) in match.Groups["amount"].Captures.Select(capture => capture.Value)
            .Zip(match.Groups["unit"].Captures.Select(capture => capture.Value)))
        {
            if (!decimal.TryParse(amount, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) || number > TimeSpan.MaxValue.Ticks)
            {
                return null;
            }

            ticks += number * TicksOf(unit);
        }

        return ticks > TimeSpan.MaxValue.Ticks ? null : TimeSpan.FromTicks((long)(match.Groups["sign"].Value == "-" ? -ticks : ticks));
    }

    private static decimal TicksOf(string unit) => unit switch
    {
        "h" => TimeSpan.TicksPerHour,
        "m" => TimeSpan.TicksPerMinute,
        "s" => TimeSpan.TicksPerSecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "ns" => TicksPerNanosecond,
        _ => TimeSpan.TicksPerMicrosecond,
    };

    // Both the micro sign and the Greek letter are taken for "micro".
    [GeneratedRegex(@"^(?<sign>[+-]?)((?<amount>[0-9]+\.?[0-9]*|\.[0-9]+)(?<unit>ns|us|µs|μs|ms|s|m|h))+$", RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
