using System.Text.Json;
using Hearth.Admission;
using Hearth.Containers;
using Hearth.Distribution;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker;

/// <summary>Failures of requests. Each is logged and counted, also one that comes after the first byte of the answer.</summary>
internal sealed partial class RequestFailures(ILogger log)
{
    /// <summary>Called for each failure that is not only an answer of the API to its client.</summary>
    public event Action<HearthError>? Counted;

    /// <summary>Called for each start that this worker does not take.</summary>
    public event Action? Refused;

    /// <param name="failure">Why the request failed.</param>
    /// <param name="context">The request.</param>
    /// <param name="status">The status of the answer, or the one that it would have.</param>
    public void Note(Exception failure, HttpContext context, int status)
    {
        if (failure is AdmissionException)
        {
            Refused?.Invoke();
        }

        if (failure is ApiException or AdmissionException or OperationCanceledException or BadHttpRequestException)
        {
            return;
        }

        LogLevel level = status >= StatusCodes.Status500InternalServerError ? LogLevel.Error : LogLevel.Information;
        LogFailed(log, level, context.Request.Method, context.Request.Path.Value ?? "", status, failure.Message);
        Counted?.Invoke(failure switch
        {
            HearthException hearth => hearth.Error,
            FormatException or JsonException or ImageException { Error: ImageError.InvalidRequest or ImageError.Malformed } => HearthError.InvalidRequest,
            _ => HearthError.Unexpected,
        });
    }

    [LoggerMessage(Message = "{Method} {Path} failed with {Status}: {Reason}")]
    private static partial void LogFailed(ILogger log, LogLevel level, string method, string path, int status, string reason);
}
