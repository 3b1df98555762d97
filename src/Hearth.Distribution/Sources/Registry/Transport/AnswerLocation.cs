namespace Hearth.Distribution.Sources.Registry.Transport;

/// <summary>The header Location, which may be relative to the request's address.</summary>
internal static class AnswerLocation
{
    /// <returns>An absolute address; null if there is none, or it is malformed.</returns>
    public static Uri? Of(HttpResponseMessage answer) =>
        answer.Headers.Location is { } location && Uri.TryCreate(answer.RequestMessage!.RequestUri!, location, out Uri? target) ? target : null;
}
