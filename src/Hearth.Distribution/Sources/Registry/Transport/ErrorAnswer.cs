using System.Net;
using System.Text.Json;
using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Sources.Registry.Transport;

/// <summary>Turns an answer that is no success into the reason, with the registry's own words if its body has some.</summary>
internal static class ErrorAnswer
{
    private const int MostBodyBytes = 64 << 10;
    private const int MostShown = 300;
    private const int MostMessages = 3;

    /// <summary>Reads and disposes the answer.</summary>
    public static async Task<RequestException> ReadAsync(HttpResponseMessage answer, string host, RegistryLimits limits, TimeProvider time, CancellationToken cancellationToken)
    {
        using (answer)
        {
            string words = await WordsAsync(answer, host, limits, time, cancellationToken).ConfigureAwait(false);
            string said = words.Length > 0 ? words : answer.StatusCode.ToString();
            int status = (int)answer.StatusCode;
            return new RequestException(KindOf(answer.StatusCode), $"{host} answers {status}: {said}{NextStep(answer.StatusCode, PauseOf(answer, time), limits)}")
            {
                IsTransient = status is 408 or 429 or >= 500,
                Pause = PauseOf(answer, time),
                Status = answer.StatusCode,
            };
        }
    }

    /// <summary>The messages of a body by the distribution specification, or of a token server's; empty if it has none.</summary>
    internal static string MessagesOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            JsonElement root = json.RootElement;
            IEnumerable<string?> messages = root.TryGetProperty("errors", out JsonElement errors) && errors.ValueKind == JsonValueKind.Array
                ? errors.EnumerateArray().Take(MostMessages).Select(error => Text(error, "message") ?? Text(error, "code"))
                : [Text(root, "details") ?? Text(root, "error_description") ?? Text(root, "message") ?? Text(root, "error")];
            return Printable(string.Join(", ", messages.Where(message => !string.IsNullOrEmpty(message))));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return "";
        }
    }

    /// <summary>Without what would control a terminal.</summary>
    private static string Printable(string text) => new([.. text.Where(letter => !char.IsControl(letter)).Take(MostShown)]);

    private static async Task<string> WordsAsync(HttpResponseMessage answer, string host, RegistryLimits limits, TimeProvider time, CancellationToken cancellationToken)
    {
        if (answer.RequestMessage?.Method == HttpMethod.Head)
        {
            return "";
        }

        try
        {
            BodyReader body = await BodyReader.OpenAsync(answer, host, limits, time, cancellationToken).ConfigureAwait(false);
            return MessagesOf(await body.ReadAllAsync(MostBodyBytes, cancellationToken).ConfigureAwait(false));
        }
        catch (RequestException)
        {
            // The status says enough.
            return "";
        }
    }

    private static ImageError KindOf(HttpStatusCode status) => (int)status switch
    {
        401 or 403 => ImageError.Unauthorized,
        404 => ImageError.Unknown,
        408 or 429 or >= 500 => ImageError.Unreachable,
        _ => ImageError.RegistryFault,
    };

    private static string NextStep(HttpStatusCode status, TimeSpan? pause, RegistryLimits limits) => (int)status switch
    {
        429 when pause > limits.LongestPause => $"; it allows the next request in {pause.Value.TotalSeconds:0} s, so try again then, or log in",
        429 => "; try again later, or log in",
        _ => "",
    };

    private static TimeSpan? PauseOf(HttpResponseMessage answer, TimeProvider time) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
