using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Docker;

/// <summary>Times in queries.</summary>
internal static class Moments
{
    /// <summary>Reads seconds since 1970, with a fraction of up to nine digits, or RFC 3339. 0 is no time.</summary>
    /// <exception cref="ApiException">It is something else.</exception>
    public static DateTimeOffset? Read(HttpContext context, string name)
    {
        if (Answers.Text(context, name) is not { } text || text == "0")
        {
            return null;
        }

        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal seconds) && Math.Abs(seconds) < 1e11m
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time
            : throw ApiException.BadRequest($"invalid value '{text}' of {name}: it must be seconds since 1970, or a time such as 2026-11-24T21:07:40Z");
    }
}
