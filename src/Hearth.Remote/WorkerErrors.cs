using System.Net;
using System.Text.Json;
using Hearth.Containers;
using Hearth.Control;

namespace Hearth.Remote;

/// <summary>The errors of workers, as the exceptions that they were there.</summary>
internal static class WorkerErrors
{
    public static async Task<HearthException> ReadAsync(HttpResponseMessage answer, HttpRequestMessage request, HostAccess access, CancellationToken cancellationToken)
    {
        string message = await ReadMessageAsync(answer, cancellationToken).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.Unauthorized && !answer.Headers.Contains(ControlTunnel.ErrorHeader))
        {
            return new HearthException(
                HearthError.InvalidRequest,
                $"cannot use the worker at {access}: it does not let this client in{(access.Token is null ? "" : " with this token")}; --token-file or --tls-cert name what it knows");
        }

        if (answer.Headers.TryGetValues(ControlTunnel.ErrorHeader, out IEnumerable<string>? values) && Enum.TryParse(values.First(), out HearthError error) && Enum.IsDefined(error))
        {
            return new HearthException(error, message);
        }

        return answer.StatusCode == HttpStatusCode.NotFound && message.StartsWith("page not found", StringComparison.Ordinal)
            ? new HearthException(HearthError.HostUnsuitable, $"cannot use the worker at {access}: it does not know {request.Method} {request.RequestUri}; it is older than this hearth, or no hearthd: upgrade it")
            : new HearthException(ErrorOf(answer.StatusCode), message);
    }

    private static HearthError ErrorOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Conflict => HearthError.WrongState,
        HttpStatusCode.ServiceUnavailable => HearthError.HostUnsuitable,
        HttpStatusCode.InternalServerError => HearthError.Unexpected,
        _ => HearthError.InvalidRequest,
    };

    /// <summary>The sentence of an error of either API; the status if there is none.</summary>
    private static async Task<string> ReadMessageAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        string body = await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            foreach (string name in (ReadOnlySpan<string>)["detail", "message"])
            {
                if (document.RootElement.TryGetProperty(name, out JsonElement text) && text.GetString() is { Length: > 0 } message)
                {
                    return message;
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Whatever answers is no worker; its status has to do.
        }

        return $"the host answered {(int)answer.StatusCode} {answer.ReasonPhrase}";
    }
}
