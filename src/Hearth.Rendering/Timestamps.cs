using System.Globalization;

namespace Hearth.Rendering;

/// <summary>Times as docker prints them: RFC 3339 with nine digits of a second, of which the last two are always 0.</summary>
public static class Timestamps
{
    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.fffffff'00'";

    /// <summary><c>2026-11-24T21:07:40.123456700Z</c>.</summary>
    public static string Utc(DateTimeOffset time) => time.UtcDateTime.ToString(Pattern, CultureInfo.InvariantCulture) + "Z";

    /// <summary><c>2026-11-24 21:07:40 +0000 UTC</c>, as docker prints the time of an image or a container.</summary>
    public static string Go(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss '+0000 UTC'", CultureInfo.InvariantCulture);

    /// <summary><c>2026-11-24T22:07:40.123456700+01:00</c>, with Z for UTC.</summary>
    public static string Local(DateTimeOffset time, TimeZoneInfo zone)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(time, zone);
        return local.Offset == TimeSpan.Zero ? Utc(local) : local.ToString(Pattern + "zzz", CultureInfo.InvariantCulture);
    }
}
