using System.Globalization;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry.Uploads;

/// <summary>Reads what registries answer while a blob is sent.</summary>
internal static class UploadAnswer
{
    /// <summary>Where the next request of an upload goes.</summary>
    /// <exception cref="RequestException">The registry does not say.</exception>
    public static string LocationOf(HttpResponseMessage answer, string host) => AnswerLocation.Of(answer)?.AbsoluteUri
        ?? throw new RequestException(ImageError.RegistryFault, $"{host} does not say where the upload continues");

    /// <summary>How many bytes the registry has by its header <c>Range: 0-LAST</c>; null where it does not say. 0-0 is what registries send for none.</summary>
    public static long? EndOf(HttpResponseMessage answer)
    {
        string range = answer.Headers.NonValidated.TryGetValues("Range", out var values) ? values.ToString() : "";
        range = range.StartsWith("bytes=", StringComparison.Ordinal) ? range["bytes=".Length..] : range;
        int dash = range.IndexOf('-', StringComparison.Ordinal);
        return dash < 0 || !long.TryParse(range.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long last) ? null
            : last == 0 ? 0
            : last + 1;
    }

    public static string WithDigest(string location, Digest digest) =>
        location + (location.Contains('?', StringComparison.Ordinal) ? '&' : '?') + "digest=" + Uri.EscapeDataString(digest.ToString());

    /// <exception cref="RequestException">The registry has the bytes under another digest.</exception>
    public static void Check(HttpResponseMessage answer, string host, Digest digest)
    {
        if (answer.Headers.NonValidated.TryGetValues("Docker-Content-Digest", out var values) && values.ToString() != digest.ToString())
        {
            throw new RequestException(ImageError.DigestMismatch, $"{host} keeps {digest} as '{values}'");
        }
    }
}
