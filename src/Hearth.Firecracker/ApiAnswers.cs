using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hearth.Firecracker.Api;

namespace Hearth.Firecracker;

/// <summary>Translates answers into values and exceptions.</summary>
internal static class ApiAnswers
{
    private const int FirstRefusal = 300;

    /// <summary>The longest fault message that is kept: an error message needs no more.</summary>
    private const int FaultLimitInCharacters = 1000;

    /// <exception cref="FirecrackerException">Firecracker refused the request.</exception>
    internal static void Check(ApiRequest request, ApiAnswer answer)
    {
        if (answer.Status is >= 200 and < FirstRefusal)
        {
            return;
        }

        string? words = FaultMessageOf(answer);
        throw new FirecrackerException(
            FirecrackerFault.Refused, $"Firecracker refused {request} ({answer.Status}): {words ?? "no reason given"}")
        {
            Method = request.Method,
            Path = request.Path,
            Status = answer.Status,
            FaultMessage = words,
        };
    }

    /// <exception cref="FirecrackerException">Firecracker refused the request, or the answer's body is invalid.</exception>
    internal static T Read<T>(ApiRequest request, ApiAnswer answer, JsonTypeInfo<T> shape)
    {
        Check(request, answer);
        try
        {
            return JsonSerializer.Deserialize(answer.Body, shape) ?? throw new JsonException("it is null");
        }
        catch (JsonException failure)
        {
            throw new FirecrackerException(FirecrackerFault.Malformed, $"cannot read the answer to {request}: {failure.Message}", failure)
            {
                Method = request.Method,
                Path = request.Path,
                Status = answer.Status,
            };
        }
    }

    /// <summary>
    /// The fault_message member that the API's description names; without one, the whole body. Firecracker's HTTP server
    /// reports its own errors in other forms, and not always as JSON.
    /// </summary>
    private static string? FaultMessageOf(ApiAnswer answer)
    {
        string? words = null;
        try
        {
            words = answer.Body.Length == 0 ? null : JsonSerializer.Deserialize(answer.Body, ApiJson.Default.ErrorAnswer)?.FaultMessage;
        }
        catch (JsonException)
        {
            // The refusal is reported whatever its body contains.
        }

        words ??= Encoding.UTF8.GetString(answer.Body).Trim();
        return words.Length == 0 ? null : words.Length <= FaultLimitInCharacters ? words : words[..FaultLimitInCharacters];
    }
}
