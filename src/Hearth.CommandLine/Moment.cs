using System.Globalization;
using System.Text.RegularExpressions;
using Hearth.Containers;

namespace Hearth.CommandLine;

/// <summary>
/// Reads a moment as docker's <c>--since</c> and <c>--until</c> take it: <c>10m</c> for ten minutes ago, a date with or
/// without time and zone as RFC 3339 has them, or seconds since 1970 with or without a fraction.
/// </summary>
public static partial class Moment
{
    /// <summary>Digits of a fraction that ticks of 100 nanoseconds can hold; more are cut off.</summary>
    private const int FractionDigits = 7;

    /// <summary>The forms of a date that a fraction of a second can follow.</summary>
    private const int LengthWithSeconds = 19;

    private static readonly string[] dateFormats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"];

    /// <param name="text">Without a zone, a date means the clock's own.</param>
    /// <param name="clock">The time from which "ago" counts.</param>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static DateTimeOffset Parse(string text, TimeProvider clock)
    {
        try
        {
            return TryParseAgo(text, clock) ?? TryParseDate(text, clock.LocalTimeZone) ?? TryParseUnix(text) ?? throw Refuse();
        }
        catch (ArgumentException exception)
        {
            throw new FormatException(Refuse().Message, exception);
        }

        static FormatException Refuse() => new("must be a time such as 10m (ago), now, 2026-11-24T21:07:40Z or 1795554460.5 (seconds since 1970)");
    }

    private static DateTimeOffset? TryParseAgo(string text, TimeProvider clock) =>
        text == "now" ? clock.GetUtcNow() : GoDuration.TryParse(text) is { } ago ? clock.GetUtcNow() - ago : null;

    private static DateTimeOffset? TryParseDate(string text, TimeZoneInfo local)
    {
        Match match = DatePattern().Match(text);
        bool isShaped = match.Success && (match.Groups["fraction"].Length == 0 || match.Groups["date"].Length == LengthWithSeconds);
        if (!isShaped
            || !DateTime.TryParseExact(match.Groups["date"].Value, dateFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime date))
        {
            return null;
        }

        string zone = match.Groups["zone"].Value;
        TimeSpan offset = zone switch
        {
            "" => local.GetUtcOffset(date),
            "Z" => TimeSpan.Zero,
            _ => TimeSpan.ParseExact(zone[1..], @"hh\:mm", CultureInfo.InvariantCulture) * (zone[0] == '-' ? -1 : 1),
        };
        return new DateTimeOffset(date, offset).AddTicks(Fraction(match.Groups["fraction"].Value));
    }

    private static DateTimeOffset? TryParseUnix(string text)
    {
        Match match = UnixPattern().Match(text);
        return match.Success && long.TryParse(match.Groups["seconds"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(Fraction(match.Groups["fraction"].Value))
            : null;
    }

    /// <summary>Ticks.</summary>
    private static long Fraction(string digits) => digits.Length == 0
        ? 0
        : long.Parse(digits.PadRight(FractionDigits, '0').AsSpan(0, FractionDigits), NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}(:[0-9]{2}(:[0-9]{2})?)?)?)(\.(?<fraction>[0-9]+))?(?<zone>Z|[+-][01][0-9]:[0-5][0-9])?$", RegexOptions.ExplicitCapture)]
    private static partial Regex DatePattern();

    [GeneratedRegex(@"^(?<seconds>[0-9]+)(\.(?<fraction>[0-9]+))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex UnixPattern();
}
