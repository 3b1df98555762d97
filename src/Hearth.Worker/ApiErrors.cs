using System.Text.Json;
using Hearth.Admission;
using Hearth.Containers;
using Hearth.Control;
using Hearth.Distribution;
using Hearth.Records;
using Hearth.Worker.Api;
using Hearth.Worker.Docker;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Hearth.Worker;

/// <summary>Exceptions as docker's statuses and messages.</summary>
internal static class ApiErrors
{
    public static async Task WriteAsync(HttpContext context, Exception exception, Engine engine)
    {
        (int status, string message) = Note(exception, context, engine);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        if (exception is AdmissionException { MayRetry: true })
        {
            context.Response.Headers.RetryAfter = "1";
        }

        if (exception is HearthException { Error: var error })
        {
            context.Response.Headers[ControlTunnel.ErrorHeader] = error.ToString();
        }

        await WriteAsync(context, status, message);
    }

    /// <summary>Writes an error in the form of the API that the request is for.</summary>
    public static Task WriteAsync(HttpContext context, int status, string message) => context.Request.Path.StartsWithSegments(HearthApi.Prefix)
        ? Answers.JsonAsync(context, new Problem(ReasonPhrases.GetReasonPhrase(status), status, message), HearthJson.Default.Problem, status, "application/problem+json")
        : Answers.JsonAsync(context, new ErrorAnswer(message), DockerJson.Default.ErrorAnswer, status);

    /// <summary>Logs and counts a failure whose answer has begun, or has a form of its own.</summary>
    /// <returns>What docker's API answers to it.</returns>
    public static (int Status, string Message) Note(Exception exception, HttpContext context, Engine engine)
    {
        (int Status, string Message) answer = Of(exception, context, engine);
        engine.Failures.Note(exception, context, answer.Status);
        return answer;
    }

    public static (int Status, string Message) Of(Exception exception, HttpContext context, Engine engine) => exception switch
    {
        ApiException api => (api.Status, api.Message),
        HearthException { InnerException: ImageException { Error: ImageError.Unauthorized } } => (StatusCodes.Status401Unauthorized, exception.Message),
        HearthException { InnerException: ImageException { Error: ImageError.Malformed } } => (StatusCodes.Status400BadRequest, exception.Message),
        HearthException hearth => (StatusOf(hearth.Error), DockerWords.TryFind(hearth.Error, context, engine) ?? (hearth.Message + WordsFor(hearth.Error))),
        ImageException { Error: ImageError.Unauthorized } => (StatusCodes.Status401Unauthorized, exception.Message),
        ImageException { Error: ImageError.InvalidRequest or ImageError.Malformed } => (StatusCodes.Status400BadRequest, exception.Message),
        AdmissionException refused => (refused.MayRetry ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status409Conflict, refused.Message),
        BadHttpRequestException bad => (bad.StatusCode, bad.Message),
        FormatException or JsonException => (StatusCodes.Status400BadRequest, exception.Message),
        _ => (StatusCodes.Status500InternalServerError, CrashReport.Write(exception, $"answer {context.Request.Method} {context.Request.Path}", engine.Options.Directories.State, engine.Clock).Message),
    };

    /// <summary>docker's client takes its exit code, 127, from these words.</summary>
    private static string WordsFor(HearthError error) =>
        error is HearthError.CommandNotFound or HearthError.InterpreterNotFound or HearthError.WorkingDirectoryMissing ? " (executable file not found)" : "";

    private static int StatusOf(HearthError error) => error switch
    {
        HearthError.ContainerUnknown or HearthError.NetworkUnknown or HearthError.VolumeUnknown or HearthError.ImageUnknown or HearthError.GuestPathUnknown => StatusCodes.Status404NotFound,
        HearthError.NameTaken or HearthError.WrongState or HearthError.ContainerNotRunning => StatusCodes.Status409Conflict,
        HearthError.InvalidRequest or HearthError.RootUnavailable or HearthError.CommandNotFound or HearthError.InterpreterNotFound or HearthError.CommandNotExecutable
            or HearthError.WorkingDirectoryMissing => StatusCodes.Status400BadRequest,
        _ => StatusCodes.Status500InternalServerError,
    };
}
