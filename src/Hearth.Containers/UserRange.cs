using System.Globalization;

namespace Hearth.Containers;

/// <summary>
/// The range of users, and of groups with the same numbers, reserved for machines. Nothing else on the host may use them.
/// </summary>
/// <param name="First">At least 1.</param>
/// <param name="Last">At least the first.</param>
public sealed record UserRange(uint First, uint Last)
{
    public const string Variable = "HEARTH_UID_RANGE";

    /// <summary>
    /// Above the ids that distributions assign to people and services, and above the first dozen of useradd's subordinate ranges.
    /// </summary>
    public static UserRange Default { get; } = new(900_000, 965_535);

    /// <summary>How many machines may run at once.</summary>
    public long Count => (long)Last - First + 1;

    /// <summary>A given value takes precedence over the environment, which takes precedence over the default.</summary>
    /// <exception cref="FormatException">Not FIRST-LAST.</exception>
    public static UserRange Resolve(string? given, Func<string, string?> environment) =>
        !string.IsNullOrEmpty(given) ? Parse(given)
        : environment(Variable) is { Length: > 0 } named ? Parse(named)
        : Default;

    public override string ToString() => $"{First}-{Last}";

    private static UserRange Parse(string text)
    {
        string[] ends = text.Split('-');
        return ends.Length == 2 && TryParse(ends[0], out uint first) && TryParse(ends[1], out uint last) && first >= 1 && first <= last && last < uint.MaxValue
            ? new UserRange(first, last)
            : throw new FormatException($"invalid range of users '{text}': --uid-range and ${Variable} take FIRST-LAST, such as {Default}, without root");
    }

    private static bool TryParse(string text, out uint number) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
